import { MemoryImageCatalog } from "./adapters/memory/image-catalog.ts";
import { MemoryMocStore } from "./adapters/memory/moc-store.ts";
import { connectDatabase } from "./adapters/postgres/connect.ts";
import { PostgresImageCatalog } from "./adapters/postgres/image-catalog.ts";
import { PostgresMocStore } from "./adapters/postgres/moc-store.ts";
import { CachedMocStore } from "./adapters/redis/cached-moc-store.ts";
import { connectCache } from "./adapters/redis/connect.ts";
import type { Deps } from "./ports.ts";
import { type BaseDeps, createBaseDeps, type Env, warnOfMemory } from "./runtime.ts";
import { createSearchIndex } from "./runtime-search.ts";

export type MocStores = Pick<Deps, "mocs" | "catalog"> & Required<Pick<Deps, "close">>;

/**
 * PostgreSQL where DATABASE_URL names one, with Redis in front of it where REDIS_URL does. Memory gets no cache: that
 * would show one instance the MOCs of another for a while, and then not.
 */
export function createMocStores(env: Env, base: BaseDeps): MocStores {
  if (!env["DATABASE_URL"]) {
    warnOfMemory(env, base, "MOCs are kept", "DATABASE_URL");
    return { mocs: new MemoryMocStore(base.clock), catalog: new MemoryImageCatalog(), close: () => Promise.resolve() };
  }
  const database = connectDatabase(env, base.log);
  const cache = env["REDIS_URL"] ? connectCache(env, base.clock, base.log) : undefined;
  const mocs = new PostgresMocStore(database);
  return {
    mocs: cache === undefined ? mocs : new CachedMocStore(mocs, cache, base.newId),
    catalog: new PostgresImageCatalog(database),
    close: async () => {
      cache?.close();
      await database.close();
    },
  };
}

export function createMocDeps(env: Env): BaseDeps & MocStores {
  const base = createBaseDeps(env);
  return { ...base, ...createMocStores(env, base) };
}

/** For whoever makes a MOC: it has to be found as well. */
export function createWriteDeps(env: Env): BaseDeps & MocStores & Pick<Deps, "search"> {
  const deps = createMocDeps(env);
  return { ...deps, search: createSearchIndex(env, deps) };
}
