import type { Deps, ImageStore } from "./ports.ts";
import { createBaseDeps, type Env } from "./runtime.ts";
import { createProbes } from "./runtime-health.ts";
import { createMocStores } from "./runtime-mocs.ts";
import { createSearchIndex } from "./runtime-search.ts";
import { createTokens } from "./runtime-sessions.ts";

/** All stores in one process, for a server that has every handler: each real where the environment names it. */
export function createAllDeps(env: Env, images: ImageStore): Deps & Required<Pick<Deps, "close">> {
  const base = createBaseDeps(env);
  const stores = createMocStores(env, base);
  const health = createProbes(env, base);
  return {
    ...base,
    ...stores,
    images,
    search: createSearchIndex(env, base),
    tokens: createTokens(env),
    probes: health.probes,
    close: async () => {
      await Promise.all([stores.close(), health.close()]);
    },
  };
}
