import { randomUUID } from "node:crypto";
import { describe, expect, inject, it, vi } from "vitest";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

interface Moc {
  readonly id: string;
  readonly title: string;
}

const base = inject("baseUrl").replace(/\/+$/, "");

async function call(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(base + path, { method, ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Record<string, unknown> };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  call("POST", path, { body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });

/** A word nothing else on a shared stage has. */
const unique = (): string => `w${randomUUID().replaceAll("-", "")}`;

const newMoc = (title = unique()): Record<string, unknown> => ({ title, pieceCount: 321, tags: ["integration"] });

const create = async (title?: string): Promise<Moc> => (await post("/mocs", newMoc(title))).body as unknown as Moc;

const codeOf = ({ body }: Answer): unknown => (body["error"] as { code: unknown }).code;

describe("health", () => {
  it("names the build that answers", async () => {
    const { status, headers, body } = await call("GET", "/health");
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "ok" });
    for (const name of ["version", "commit", "stage"]) expect(body[name], name).toMatch(/./);
    expect(headers.get("x-request-id")).toMatch(/./);
    // A pipeline knows what it deployed; a person at a keyboard need not.
    const expected = process.env["EXPECT_COMMIT"];
    if (expected) expect(body["commit"]).toBe(expected);
  });
});

describe("MOCs", () => {
  it("are created and read back", async () => {
    const sent = newMoc();
    const created = await post("/mocs", sent);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject(sent);
    const location = created.headers.get("location") ?? "";
    const read = await fetch(new URL(location, `${base}/mocs`));
    expect(read.status).toBe(200);
    await expect(read.json()).resolves.toEqual(created.body);
  });

  it("are created once for one Idempotency-Key, also when both requests race", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const sent = newMoc();
    const [one, two] = await Promise.all([post("/mocs", sent, headers), post("/mocs", sent, headers)]);
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.body).toEqual(one.body);
    expect([one, two].map((a) => a.headers.get("idempotency-replayed")).sort()).toEqual(["false", "true"]);
    const reused = await post("/mocs", newMoc(), headers);
    expect([reused.status, codeOf(reused)]).toEqual([422, "idempotency_key_reused"]);
  });

  it("are listed newest first, page by page, each once", async () => {
    const made: string[] = [];
    for (let n = 0; n < 3; n++) made.push((await create()).id);
    const seen: string[] = [];
    for (let cursor = "", pages = 0; pages < 20; pages++) {
      const { status, body } = await call("GET", `/mocs?limit=2${cursor}`);
      expect(status).toBe(200);
      const { items, nextCursor } = body as { items: Moc[]; nextCursor: string | null };
      seen.push(...items.map((moc) => moc.id));
      if (made.every((id) => seen.includes(id)) || nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(seen.filter((id) => made.includes(id))).toEqual(made.reverse());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("are found by a word, once the index caught up", async () => {
    const title = unique();
    const { id } = await create(`A ${title.toUpperCase()} tower`);
    await vi.waitFor(
      async () => {
        const { status, body } = await call("GET", `/search?q=${title}`);
        expect(status).toBe(200);
        expect(body).toMatchObject({ total: 1, items: [{ id }] });
      },
      { timeout: 15_000, interval: 500 },
    );
    await expect(call("GET", `/search?q=${unique()}`)).resolves.toMatchObject({ body: { total: 0, items: [] } });
  });
});

describe("images", () => {
  it("are uploaded to the address that was signed, and as nothing else", async () => {
    const { id } = await create();
    // The smallest PNG there is: one transparent pixel.
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      "base64",
    );
    const asked = await post(`/mocs/${id}/images`, { contentType: "image/png", sizeBytes: png.length });
    expect(asked.status).toBe(201);
    const upload = asked.body["upload"] as { url: string; method: string; headers: Record<string, string> };
    const send = async (body: Buffer<ArrayBuffer>, headers: Record<string, string>): Promise<number> =>
      (await fetch(upload.url, { method: upload.method, headers, body })).status;
    expect(await send(png, { "content-type": "text/html" })).toBe(403);
    expect(await send(Buffer.concat([png, png]), upload.headers)).toBe(403);
    expect(await send(png, upload.headers)).toBe(200);
  });

  it("are refused for a type that can carry script, and for a MOC that is not there", async () => {
    const { id } = await create();
    const svg = await post(`/mocs/${id}/images`, { contentType: "image/svg+xml", sizeBytes: 1 });
    expect([svg.status, codeOf(svg)]).toEqual([400, "validation_failed"]);
    const nowhere = await post(`/mocs/${randomUUID()}/images`, { contentType: "image/png", sizeBytes: 1 });
    expect([nowhere.status, codeOf(nowhere)]).toEqual([404, "not_found"]);
  });
});

describe("errors", () => {
  it("list every bad field", async () => {
    const { status, body } = await post("/mocs", { title: "", pieceCount: 0, tags: ["a b"], colour: "red" });
    expect(status).toBe(400);
    expect((body["error"] as { fields: { field: string }[] }).fields.map((e) => e.field)).toEqual([
      "colour",
      "title",
      "pieceCount",
      "tags[0]",
    ]);
  });

  const json = { "content-type": "application/json" };
  const large = JSON.stringify("x".repeat(70_000));
  it.each<[string, string, string, RequestInit, number, string]>([
    ["an unknown path", "GET", "/nowhere", {}, 404, "not_found"],
    ["an unknown MOC", "GET", `/mocs/${randomUUID()}`, {}, 404, "not_found"],
    ["an id that is none", "GET", "/mocs/..%2F..%2Fetc", {}, 404, "not_found"],
    ["a method there is none of", "DELETE", "/mocs", {}, 405, "method_not_allowed"],
    ["a body that is too large", "POST", "/mocs", { headers: json, body: large }, 413, "payload_too_large"],
    ["a form", "POST", "/mocs", { body: new URLSearchParams("title=x") }, 415, "unsupported_media_type"],
    ["half a body", "POST", "/mocs", { headers: json, body: '{"title":' }, 400, "malformed_body"],
    ["a prototype as body", "POST", "/mocs", { headers: json, body: '{"__proto__":{"a":1}}' }, 400, "validation_failed"],
    ["a made-up cursor", "GET", "/mocs?cursor=abc", {}, 400, "validation_failed"],
    ["a search for nothing", "GET", "/search", {}, 400, "validation_failed"],
  ])("answer %s in one shape, without internals", async (_name, method, path, init, status, code) => {
    const answer = await call(method, path, init);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(Object.keys(answer.body)).toEqual(["error"]);
    const { message, requestId } = answer.body["error"] as { message: string; requestId: string };
    expect(message).toMatch(/\.$/);
    expect(requestId).toBe(answer.headers.get("x-request-id"));
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.ts\b/);
  });
});
