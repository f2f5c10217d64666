import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MemorySearchIndex } from "../../../src/adapters/memory/search-index.ts";
import { OpenSearchClient } from "../../../src/adapters/opensearch/client.ts";
import { connectSearch } from "../../../src/adapters/opensearch/connect.ts";
import { OpenSearchIndex } from "../../../src/adapters/opensearch/search-index.ts";
import { signerFor, unsigned } from "../../../src/adapters/opensearch/sign.ts";
import { type OpenSearch, startOpenSearch } from "../../servers/opensearch.ts";
import { idOf, mocOf, START } from "../support.ts";

let server: OpenSearch;
beforeEach(async () => {
  server = await startOpenSearch();
});
afterEach(() => server.stop());

// Patient, for a busy machine is no trouble of OpenSearch's.
const index = (timeoutMs = 20_000): OpenSearchIndex =>
  new OpenSearchIndex(
    new OpenSearchClient({ base: new URL(server.url), index: "mocs", sign: unsigned, timeoutMs, pauseMs: 1 }),
  );

const prepared = async (timeoutMs?: number): Promise<OpenSearchIndex> => {
  const search = index(timeoutMs);
  await search.prepare();
  return search;
};

describe("OpenSearchIndex", () => {
  it("makes its index once", async () => {
    const search = await prepared();
    await expect(search.prepare()).resolves.toBeUndefined();
    await expect(search.ping()).resolves.toBeUndefined();
  });

  it("keeps a document under its id, however often", async () => {
    const search = await prepared();
    await search.index(mocOf(1));
    await search.index(mocOf(1));
    expect([...server.documents.keys()]).toEqual([idOf(1)]);
    await expect(search.search({ terms: ["castle"], limit: 9 })).resolves.toEqual({ total: 0, hits: [] });
    server.refresh();
    await expect(search.search({ terms: ["castle"], limit: 9 })).resolves.toMatchObject({ total: 1, hits: [{ moc: mocOf(1) }] });
  });

  it("finds what the index in memory finds, with the same scores in the same order", async () => {
    const words = ["castle", "Castles", "château", "red", "Red-ish", "tower", "2x4", "drawbridge", "зáмок", "ﬁne"];
    let seed = 7;
    const pick = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const some = (max: number): string[] => Array.from({ length: pick(max + 1) }, () => words[pick(words.length)] ?? "");
    const search = await prepared();
    const memory = new MemorySearchIndex();
    for (let n = 0; n < 60; n++) {
      const createdAt = new Date(Date.parse(START) + pick(5)).toISOString();
      const moc = mocOf(n, { title: some(3).join(" ") || "x", description: some(4).join(", "), tags: some(2), createdAt });
      await search.index(moc);
      await memory.index(moc);
    }
    server.refresh();
    for (const terms of [["castle"], ["cha"], ["red", "tower"], ["fi"], ["2x"], ["замок"], ["c", "r", "t"], ["nothing"], ["*"]]) {
      for (const limit of [1, 7, 100]) {
        await expect(search.search({ terms, limit }), `${terms.join(" ")} ${limit}`).resolves.toEqual(await memory.search({ terms, limit }));
      }
    }
  });

  it("counts all that is found, also where that is more than OpenSearch counts by itself", async () => {
    const search = await prepared();
    await search.index(mocOf(1));
    const [[, stored] = []] = [...server.documents];
    for (let n = 2; stored !== undefined && n <= 10_001; n++) server.documents.set(idOf(n), { ...stored, id: idOf(n) });
    server.refresh();
    await expect(search.search({ terms: ["castle"], limit: 1 })).resolves.toMatchObject({ total: 10_001 });
  });

  it("takes the longest words that a description can hold", async () => {
    const search = await prepared();
    await expect(search.index(mocOf(1, { description: "\u{10400}".repeat(4000) }))).resolves.toBeUndefined();
  });

  it.each<[string, OpenSearch["trouble"][number]]>([
    ["is busy", { status: 429, body: {} }],
    ["has no node for it", { status: 503, body: "no JSON" }],
    ["drops the connection", "drop"],
    ["takes too long", "hang"],
  ])("tries once more where it %s, and not forever", async (_name, trouble) => {
    const search = await prepared(trouble === "hang" ? 1000 : undefined);
    server.trouble.push(trouble);
    await expect(search.index(mocOf(1))).resolves.toBeUndefined();
    server.trouble.push(trouble, trouble);
    await expect(search.index(mocOf(2))).rejects.toThrow();
    expect(server.trouble).toEqual([]);
  });

  it("says what OpenSearch refused, without what it was about", async () => {
    await expect(index().index(mocOf(1))).rejects.toThrow("OpenSearch answered 404 to index: index_not_found_exception");
    await expect(index().search({ terms: ["secret"], limit: 1 })).rejects.toThrow(/^(?!.*secret)OpenSearch answered 404 to search/);
    server.trouble.push({ status: 403, body: { message: "no" } });
    await expect(index().prepare()).rejects.toThrow("OpenSearch answered 403 to create-index");
    server.trouble.push({ status: 301, body: {} });
    await expect(index().ping()).rejects.toThrow();
  });
});

describe("connectSearch", () => {
  const clock = (): Date => new Date(START);

  it("speaks to a server on this machine without a signature", async () => {
    await connectSearch({ OPENSEARCH_URL: server.url, OPENSEARCH_INDEX: "mocs-test" }, clock).prepare();
    expect(server.requests[0]).toMatchObject({ method: "PUT", url: { pathname: "/mocs-test" } });
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it("signs for a host of AWS", async () => {
    const sent = vi.fn<(url: URL, init: RequestInit) => Promise<Response>>(() => Promise.resolve(new Response("{}", { status: 200 })));
    vi.stubGlobal("fetch", sent);
    const env = { OPENSEARCH_URL: "https://search-lego.eu-west-1.es.amazonaws.com", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
    await connectSearch(env, clock).index(mocOf(1));
    const [url, init] = sent.mock.calls[0] ?? [];
    expect(url?.href).toBe(`https://search-lego.eu-west-1.es.amazonaws.com/mocs/_doc/${idOf(1)}?refresh=false`);
    expect(init?.headers).toMatchObject({
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=a\/20260102\/eu-west-1\/es\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/) as string,
      "x-amz-security-token": "t",
    });
    expect(init?.headers).not.toHaveProperty("host");
    await connectSearch(env, clock).ping();
    expect((sent.mock.calls[1]?.[1].headers as Record<string, string>)["authorization"]).toContain("/es/");
  });

  it("cannot sign without credentials", async () => {
    const search = connectSearch({ OPENSEARCH_URL: "https://x.eu-west-1.aoss.amazonaws.com" }, clock);
    await expect(search.ping()).rejects.toThrow("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
  });

  it.each([
    ["nothing", {}],
    ["plain http to somewhere else", { OPENSEARCH_URL: "http://search.example.com" }],
    ["a password", { OPENSEARCH_URL: "https://user:hidden@search.example.com" }],
    ["a path", { OPENSEARCH_URL: "https://search.example.com/mocs" }],
    ["a bad index", { OPENSEARCH_URL: "https://search.example.com", OPENSEARCH_INDEX: "../x" }],
  ])("refuses %s", (_name, env) => {
    expect(() => connectSearch(env, clock)).toThrow(/^(?!.*hidden)OPENSEARCH_(URL|INDEX) must be/);
  });
});

describe("signerFor", () => {
  it.each([
    ["search-lego.eu-west-1.es.amazonaws.com", true],
    ["lego.aos.us-east-2.on.aws", true],
    ["abc.us-east-1.aoss.amazonaws.com", true],
    ["es.amazonaws.com.example.com", false],
    ["search.example.com", false],
  ])("%s: %s", (hostname, signs) => {
    expect(signerFor(hostname, {}, () => new Date()) !== undefined).toBe(signs);
  });
});
