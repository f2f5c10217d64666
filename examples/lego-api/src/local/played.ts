import { MemoryImageCatalog } from "../adapters/memory/image-catalog.ts";
import { MemoryImageStore } from "../adapters/memory/image-store.ts";
import { MemoryMocStore } from "../adapters/memory/moc-store.ts";
import { MemorySearchIndex } from "../adapters/memory/search-index.ts";
import { MemoryTokens } from "../adapters/memory/tokens.ts";
import type { Deps, ImageCatalog, ImageStore, MocStore, SearchIndex, Tokens } from "../ports.ts";
import { type Call, call } from "../tracing/index.ts";

/**
 * What stands in memory for a store makes the same calls as the store would, so that a trace of this machine has the
 * shape of one in AWS. Each is marked "stand.in"; a real store's own calls are left as they are.
 */
export function played(deps: Deps): Deps {
  return {
    ...deps,
    mocs: deps.mocs instanceof MemoryMocStore ? playedMocs(deps.mocs) : deps.mocs,
    search: deps.search instanceof MemorySearchIndex ? playedSearch(deps.search) : deps.search,
    images: deps.images instanceof MemoryImageStore ? playedImages(deps.images) : deps.images,
    catalog: deps.catalog instanceof MemoryImageCatalog ? playedCatalog(deps.catalog) : deps.catalog,
    tokens: deps.tokens instanceof MemoryTokens ? playedTokens(deps.tokens) : deps.tokens,
  };
}

function play<T>(what: Call, work: () => Promise<T>, rows?: (result: T) => number): Promise<T> {
  return call(what, async (note) => {
    note.set("stand.in", true);
    const result = await work();
    if (rows !== undefined) note.set("db.response.returned_rows", rows(result));
    return result;
  });
}

const sql = (operation: string, target: string, statement: string): Call => ({ system: "postgresql", operation, target, statement });
const redis = (operation: string): Call => ({ system: "redis", operation });
const nothing = (): Promise<void> => Promise.resolve();
const oneIf = (result: unknown): number => (result === undefined ? 0 : 1);

function playedMocs(mocs: MocStore): MocStore {
  return {
    create: async (moc, idempotency) => {
      const insert = sql("INSERT", "mocs", "INSERT INTO mocs (id, title) VALUES ($1, $2) RETURNING id");
      const result = await play(insert, () => mocs.create(moc, idempotency), ({ outcome }) => (outcome === "created" ? 1 : 0));
      if (result.outcome === "created") await play(redis("SET"), nothing);
      return result;
    },
    get: async (id) => {
      await play(redis("MGET"), nothing);
      return play(sql("SELECT", "mocs", "SELECT id, title FROM mocs WHERE id = $1"), () => mocs.get(id), oneIf);
    },
    list: (page) => {
      const select = "SELECT id, title FROM mocs ORDER BY created_at DESC, id DESC LIMIT $1";
      return play(sql("SELECT", "mocs", select), () => mocs.list(page), (found) => found.length);
    },
  };
}

function playedSearch(search: SearchIndex): SearchIndex {
  return {
    index: (moc) => play({ system: "opensearch", operation: "index", target: "mocs" }, () => search.index(moc)),
    search: (query) => {
      const body = JSON.stringify({ query: { match: { text: query.terms.join(" ") } }, size: query.limit });
      const what: Call = { system: "opensearch", operation: "search", target: "mocs", statement: body };
      return play(what, () => search.search(query), ({ hits }) => hits.length);
    },
  };
}

/** Signing an address calls nobody: only looking into the bucket does. */
const playedImages = (images: ImageStore): ImageStore => ({
  presignUpload: (request) => images.presignUpload(request),
  head: (key) => play({ system: "s3", operation: "HeadObject", target: "images" }, () => images.head(key)),
});

function playedCatalog(catalog: ImageCatalog): ImageCatalog {
  const images = (operation: string, statement: string): Call => sql(operation, "images", statement);
  return {
    expect: (image) => play(images("INSERT", "INSERT INTO images (id, moc_id) VALUES ($1, $2)"), () => catalog.expect(image), () => 0),
    get: (id) => play(images("SELECT", "SELECT id, moc_id FROM images WHERE id = $1"), () => catalog.get(id), oneIf),
    markUploaded: (id, at) => {
      const update = "UPDATE images SET uploaded_at = $2 WHERE id = $1 AND uploaded_at IS NULL RETURNING id";
      return play(images("UPDATE", update), () => catalog.markUploaded(id, at), (outcome) => (outcome === "marked" ? 1 : 0));
    },
    list: (mocId, limit) => {
      const select = "SELECT id, moc_id FROM images WHERE moc_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2";
      return play(images("SELECT", select), () => catalog.list(mocId, limit), (found) => found.length);
    },
  };
}

const playedTokens = (tokens: Tokens): Tokens => ({
  exchange: (request) => play({ system: "cognito", operation: "token", target: "/oauth2/token" }, () => tokens.exchange(request)),
});
