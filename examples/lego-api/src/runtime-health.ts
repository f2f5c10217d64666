import { connectSearch } from "./adapters/opensearch/connect.ts";
import { connectDatabase } from "./adapters/postgres/connect.ts";
import { connectCache } from "./adapters/redis/connect.ts";
import type { Deps, Probe } from "./ports.ts";
import { type BaseDeps, createBaseDeps, type Env } from "./runtime.ts";

interface Closable {
  ping(): Promise<void>;
  close?(): Promise<void> | void;
}

/** The stores that the environment names. What it does not name cannot be dead. */
export function createProbes(env: Env, { clock, log }: BaseDeps): Pick<Deps, "probes"> & Required<Pick<Deps, "close">> {
  const stores: [Probe["name"], Closable][] = [];
  if (env["DATABASE_URL"]) stores.push(["database", connectDatabase(env, log)]);
  if (env["REDIS_URL"]) stores.push(["cache", connectCache(env, clock, log)]);
  if (env["OPENSEARCH_URL"]) stores.push(["search", connectSearch(env, clock)]);
  return {
    probes: stores.map(([name, store]) => ({ name, ping: () => store.ping() })),
    close: async () => {
      for (const [, store] of stores) await store.close?.();
    },
  };
}

export function createHealthDeps(env: Env): BaseDeps & Pick<Deps, "probes" | "close"> {
  const base = createBaseDeps(env);
  return { ...base, ...createProbes(env, base) };
}
