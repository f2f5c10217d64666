import type { Moc } from "../../domain/moc.ts";
import type { Page } from "../../domain/paging.ts";
import type { Cache, CreateOutcome, Idempotency, IdSource, MocStore } from "../../ports.ts";

/** A MOC never changes, so this bounds memory only. */
const MOC_SECONDS = 300;
/** How long a first page may be old where its invalidation was lost with Redis. */
const PAGE_SECONDS = 10;
const DAY_SECONDS = 24 * 60 * 60;

// One slot of a cluster, so that two keys can be read at once. The version is part of each: a new shape gets a new one.
const GENERATION = "{mocs}:v1:generation";
const pageKey = (limit: number): string => `{mocs}:v1:first:${limit}`;
const mocKey = (id: string): string => `moc:v1:${id}`;

interface CachedPage {
  readonly generation: string | null;
  readonly mocs: readonly Moc[];
}

/**
 * Reads through a cache. What is not there is not remembered, so a MOC is found as soon as it exists. A first page
 * carries the generation that was current before it was read; each creation starts another one, so a page that was
 * read before a creation and written after it is worth nothing.
 */
export class CachedMocStore implements MocStore {
  private readonly store: MocStore;
  private readonly cache: Cache;
  private readonly newGeneration: IdSource;

  constructor(store: MocStore, cache: Cache, newGeneration: IdSource) {
    this.store = store;
    this.cache = cache;
    this.newGeneration = newGeneration;
  }

  async create(moc: Moc, idempotency?: Idempotency): Promise<CreateOutcome> {
    const result = await this.store.create(moc, idempotency);
    if (result.outcome === "created") await this.cache.write(GENERATION, this.newGeneration(), DAY_SECONDS);
    return result;
  }

  async get(id: string): Promise<Moc | undefined> {
    const [text] = await this.cache.read([mocKey(id)]);
    const cached = parse(text) as Moc | undefined;
    if (cached !== undefined) return cached;
    const moc = await this.store.get(id);
    if (moc !== undefined) await this.cache.write(mocKey(id), JSON.stringify(moc), MOC_SECONDS);
    return moc;
  }

  async list(page: Page): Promise<readonly Moc[]> {
    if (page.after !== undefined) return this.store.list(page);
    const [generation = null, text] = await this.cache.read([GENERATION, pageKey(page.limit)]);
    const cached = parse(text) as CachedPage | undefined;
    if (cached?.generation === generation) return cached.mocs;
    const mocs = await this.store.list(page);
    await this.cache.write(pageKey(page.limit), JSON.stringify({ generation, mocs }), PAGE_SECONDS);
    return mocs;
  }
}

/** What cannot be read is a miss. */
function parse(text: string | null | undefined): unknown {
  try {
    return text ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}
