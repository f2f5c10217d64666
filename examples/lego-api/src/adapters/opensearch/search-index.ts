import type { Moc } from "../../domain/moc.ts";
import { FIELD_WEIGHTS, type SearchQuery, wordsOf } from "../../domain/search.ts";
import type { SearchHit, SearchIndex } from "../../ports.ts";
import { type Answer, type OpenSearchClient, reasonIn } from "./client.ts";

/**
 * Words are taken apart here, by the domain, and kept as they are: so the index agrees with the domain on what a word
 * is, and a score is the domain's too. OpenSearch only stores the MOC itself.
 */
export const MAPPINGS = {
  dynamic: "strict",
  properties: {
    id: { type: "keyword" },
    createdAt: { type: "date" },
    title: { type: "keyword" },
    tags: { type: "keyword" },
    description: { type: "keyword" },
    moc: { type: "object", enabled: false },
  },
} as const;

interface Found {
  readonly hits: {
    readonly total: { readonly value: number };
    readonly hits: readonly { readonly _score: number; readonly _source: { readonly moc: Moc } }[];
  };
}

export class OpenSearchIndex implements SearchIndex {
  private readonly client: OpenSearchClient;

  constructor(client: OpenSearchClient) {
    this.client = client;
  }

  /** Makes the index, if it is not there yet. A migration does this, not a request. */
  async prepare(): Promise<void> {
    const answer = await this.client.ask({
      operation: "create-index",
      method: "PUT",
      path: `/${this.client.index}`,
      body: { mappings: MAPPINGS },
    });
    const exists = reasonIn(answer.body) === ": resource_already_exists_exception";
    if (!exists) expectSuccess(answer, "create-index");
  }

  /** The same document under the same id: a retry changes nothing. It is found after the next refresh, within a second. */
  async index(moc: Moc): Promise<void> {
    const answer = await this.client.ask({
      operation: "index",
      method: "PUT",
      path: `/${this.client.index}/_doc/${moc.id}?refresh=false`,
      body: { id: moc.id, createdAt: moc.createdAt, ...wordsOf(moc), moc },
    });
    expectSuccess(answer, "index");
  }

  async search({ terms, limit }: SearchQuery): Promise<{ total: number; hits: SearchHit[] }> {
    const answer = await this.client.ask({
      operation: "search",
      method: "POST",
      path: `/${this.client.index}/_search`,
      body: queryFor(terms, limit),
      statement: `bool must of ${terms.length} × dis_max of prefix on ${Object.keys(FIELD_WEIGHTS).join(", ")}`,
    });
    expectSuccess(answer, "search");
    const { hits } = answer.body as Found;
    return { total: hits.total.value, hits: hits.hits.map(({ _score, _source }) => ({ moc: _source.moc, score: _score })) };
  }

  async ping(): Promise<void> {
    expectSuccess(await this.client.ask({ operation: "ping", method: "GET", path: `/${this.client.index}/_count` }), "ping");
  }
}

/** Each term by its best field, all terms required, and their sum: scoreMoc in OpenSearch's words. */
export function queryFor(terms: readonly string[], limit: number): Record<string, unknown> {
  const must = terms.map((term) => ({
    dis_max: {
      queries: Object.entries(FIELD_WEIGHTS).map(([field, boost]) => ({
        constant_score: { filter: { prefix: { [field]: { value: term } } }, boost },
      })),
    },
  }));
  return {
    query: { bool: { must } },
    sort: [{ _score: "desc" }, { createdAt: "desc" }, { id: "desc" }],
    size: limit,
    track_total_hits: true,
    // With a sort of several keys they are not kept otherwise.
    track_scores: true,
    _source: ["moc"],
  };
}

function expectSuccess({ status, body }: Answer, operation: string): void {
  if (status < 200 || status > 299) throw new Error(`OpenSearch answered ${status} to ${operation}${reasonIn(body)}`);
}
