import { MemorySearchIndex } from "./adapters/memory/search-index.ts";
import { connectSearch } from "./adapters/opensearch/connect.ts";
import type { Deps, SearchIndex } from "./ports.ts";
import { type BaseDeps, createBaseDeps, type Env, warnOfMemory } from "./runtime.ts";

export function createSearchIndex(env: Env, base: BaseDeps): SearchIndex {
  if (env["OPENSEARCH_URL"]) return connectSearch(env, base.clock);
  warnOfMemory(env, base, "The search index is kept", "OPENSEARCH_URL");
  return new MemorySearchIndex();
}

export function createSearchDeps(env: Env): BaseDeps & Pick<Deps, "search"> {
  const base = createBaseDeps(env);
  return { ...base, search: createSearchIndex(env, base) };
}
