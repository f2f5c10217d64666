import { type Request, type Response, type Running, serve } from "./http.ts";

type Json = Record<string, unknown>;

interface Stored {
  readonly id: string;
  readonly version: number;
  readonly source: Json;
}

export interface OpenSearch extends Running {
  /** What a refresh does: documents are found from now on. */
  refresh(): void;
  /** What the next requests meet instead of an answer that is right, one each. */
  readonly trouble: (Response | "hang" | "drop")[];
  readonly documents: Map<string, Stored>;
}

class Refused extends Error {
  readonly response: Response;
  constructor(status: number, type: string, reason: string) {
    super(reason);
    this.response = { status, body: { error: { type, reason, root_cause: [{ type, reason }] }, status } };
  }
}

/**
 * The part of OpenSearch that is needed, strict in it: whatever is not documented, or not understood here, is refused
 * (source: OpenSearch documentation, "Create index", "Index document", "Search", "Count"; "Mappings"; query DSL "bool",
 * "disjunction max", "constant score", "prefix"). Indices are not made by themselves, and documents are found after a refresh only.
 */
export async function startOpenSearch(refreshes = false): Promise<OpenSearch> {
  const engine = new Engine(refreshes);
  const trouble: OpenSearch["trouble"] = [];
  const running = await serve((request) => trouble.shift() ?? engine.answer(request));
  return Object.assign(running, {
    trouble,
    documents: engine.documents,
    refresh: () => {
      engine.refresh();
    },
  });
}

class Engine {
  readonly documents = new Map<string, Stored>();
  private visible: Stored[] = [];
  private readonly mappings = new Map<string, Record<string, { type: string }>>();
  private readonly refreshes: boolean;

  constructor(refreshes: boolean) {
    this.refreshes = refreshes;
  }

  refresh(): void {
    this.visible = [...this.documents.values()];
  }

  answer(request: Request): Response {
    try {
      const [, index = "", action = "", id = ""] = request.url.pathname.split("/");
      const body = bodyOf(request);
      const route = `${request.method} ${action}`;
      if (route === "PUT ") return this.create(index, body);
      const fields = this.mappings.get(index);
      if (fields === undefined) throw new Refused(404, "index_not_found_exception", `no such index [${index}]`);
      if (route === "PUT _doc" && id !== "") return this.put(index, id, fields, request.url.searchParams, body);
      if (request.url.search !== "") throw illegal("unrecognized parameter");
      if (this.refreshes) this.refresh();
      if (route === "POST _search") return search(index, fields, this.visible, body);
      if (route === "GET _count") return { status: 200, body: { count: this.visible.length } };
      throw new Refused(405, "method_not_allowed", route);
    } catch (error) {
      if (error instanceof Refused) return error.response;
      throw error;
    }
  }

  private create(index: string, body: Json): Response {
    only(body, ["settings", "mappings", "aliases"]);
    if (!/^[a-z0-9][a-z0-9_-]*$/.test(index)) throw new Refused(400, "invalid_index_name_exception", index);
    if (this.mappings.has(index)) throw new Refused(400, "resource_already_exists_exception", index);
    const { dynamic, properties } = only(body["mappings"] as Json, ["dynamic", "properties"]);
    if (dynamic !== "strict") throw illegal("these tests want a strict mapping");
    for (const field of Object.values(properties as Record<string, Json>)) {
      const { type } = only(field, ["type", "enabled"]);
      if (!["keyword", "date", "object"].includes(type as string)) throw new Refused(400, "mapper_parsing_exception", String(type));
    }
    this.mappings.set(index, properties as Record<string, { type: string }>);
    return { status: 200, body: { acknowledged: true, shards_acknowledged: true, index } };
  }

  private put(index: string, id: string, fields: Record<string, { type: string }>, params: URLSearchParams, body: Json): Response {
    for (const [name, value] of params) {
      if (name !== "refresh" || !["true", "false", "wait_for"].includes(value)) throw illegal(`[${name}=${value}]`);
    }
    for (const [name, value] of Object.entries(body)) {
      const type = fields[name]?.type;
      if (type === undefined) throw new Refused(400, "strict_dynamic_mapping_exception", name);
      const values = (Array.isArray(value) ? value : [value]) as unknown[];
      const fits = values.every((one) => (type === "object" ? typeof one === "object" : typeof one === "string"));
      if (!fits || (type === "date" && Number.isNaN(Date.parse(String(value))))) throw new Refused(400, "mapper_parsing_exception", name);
      // Lucene's longest term.
      if (type === "keyword" && values.some((one) => Buffer.byteLength(String(one)) > 32_766)) throw illegal(`immense term in ${name}`);
    }
    const version = (this.documents.get(id)?.version ?? 0) + 1;
    this.documents.set(id, { id, version, source: body });
    if (params.get("refresh") === "true") this.refresh();
    const result = version === 1 ? "created" : "updated";
    return { status: version === 1 ? 201 : 200, body: { _index: index, _id: id, _version: version, result } };
  }
}

const illegal = (reason: string): Refused => new Refused(400, "illegal_argument_exception", reason);
const unparsable = (reason: string): Refused => new Refused(400, "parsing_exception", reason);

function bodyOf({ headers, text }: Request): Json {
  if (text === "") return {};
  if (headers["content-type"] !== "application/json") throw new Refused(406, "media_type_header_exception", "content-type");
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw unparsable("no JSON");
  }
}

function only(body: Json | undefined, names: readonly string[]): Json {
  if (typeof body !== "object") throw unparsable("no object");
  for (const name of Object.keys(body)) if (!names.includes(name)) throw unparsable(`unknown key [${name}]`);
  return body;
}

/** The one key of a clause, with what stands under it. */
function single(clause: Json): [string, Json] {
  const [first, ...rest] = Object.entries(clause);
  if (first === undefined || rest.length > 0) throw unparsable("a query has one name");
  return [first[0], first[1] as Json];
}

function search(index: string, fields: Record<string, { type: string }>, documents: readonly Stored[], body: Json): Response {
  const { query, sort, size = 10, track_total_hits, track_scores, _source } = only(body, ["query", "sort", "size", "track_total_hits", "track_scores", "_source"]);
  const keys = (sort as Json[]).map(single).map(([name, order]) => {
    if (name !== "_score" && fields[name] === undefined) throw new Refused(400, "search_phase_execution_exception", `No mapping found for [${name}]`);
    if ((order as unknown) !== "desc") throw unparsable("these tests sort downwards");
    return name;
  });
  const found = documents
    .map((stored) => ({ stored, score: scoreOf(query as Json, fields, stored.source) }))
    .filter((hit): hit is { stored: Stored; score: number } => hit.score !== undefined)
    .sort((a, b) => {
      for (const key of keys) {
        const [one, two] = [a, b].map(({ stored, score }) => (key === "_score" ? score : String(stored.source[key])));
        if (one !== two) return (one ?? "") < (two ?? "") ? 1 : -1;
      }
      return 0;
    });
  const exact = track_total_hits === true || found.length <= 10_000;
  const hits = found.slice(0, size as number).map(({ stored, score }) => ({
    _index: index,
    _id: stored.id,
    _score: track_scores === true ? score : null,
    _source: Object.fromEntries(Object.entries(stored.source).filter(([name]) => (_source as string[]).includes(name))),
  }));
  const total = { value: exact ? found.length : 10_000, relation: exact ? "eq" : "gte" };
  return { status: 200, body: { took: 1, timed_out: false, hits: { total, max_score: null, hits } } };
}

/** undefined where the document does not match. */
function scoreOf(query: Json, fields: Record<string, { type: string }>, source: Json): number | undefined {
  const [name, clause] = single(query);
  const score = (one: Json): number | undefined => scoreOf(one, fields, source);
  if (name === "bool") {
    const scores = (only(clause, ["must"])["must"] as Json[]).map(score);
    return scores.includes(undefined) ? undefined : scores.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  }
  if (name === "dis_max") {
    const scores = (only(clause, ["queries"])["queries"] as Json[]).map(score).filter((one) => one !== undefined);
    return scores.length > 0 ? Math.max(...scores) : undefined;
  }
  if (name === "constant_score") {
    const { filter, boost = 1 } = only(clause, ["filter", "boost"]);
    return score(filter as Json) === undefined ? undefined : (boost as number);
  }
  if (name !== "prefix") throw unparsable(`unknown query [${name}]`);
  const [field, { value }] = single(clause) as [string, { value: string }];
  if (fields[field]?.type !== "keyword") throw unparsable(`[${field}] is no keyword`);
  return (source[field] as string[]).some((word) => word.startsWith(value)) ? 1 : undefined;
}
