import { beforeEach, describe, expect, it, vi } from "vitest";
import { encodeCursor } from "../../../src/domain/paging.ts";
import { createMoc } from "../../../src/handlers/create-moc.ts";
import { fallback } from "../../../src/handlers/fallback.ts";
import { getMoc } from "../../../src/handlers/get-moc.ts";
import { health } from "../../../src/handlers/health.ts";
import { listMocs } from "../../../src/handlers/list-mocs.ts";
import { requestImageUpload } from "../../../src/handlers/request-image-upload.ts";
import { searchMocs } from "../../../src/handlers/search-mocs.ts";
import { bodyOf, event, idOf, jsonEvent, mocOf, START, testDeps, validMoc } from "../support.ts";

// What is counted goes to stdout as in Lambda.
beforeEach(() => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});

const errorOf = (result: { body: string }): unknown => (JSON.parse(result.body) as { error: unknown }).error;

describe("health", () => {
  it("says which build answers", async () => {
    const result = await health(testDeps())(event());
    expect(result.statusCode).toBe(200);
    expect(bodyOf(result)).toEqual({ status: "ok", version: "1.2.3", commit: "abc123", stage: "test" });
  });
});

describe("create-moc", () => {
  const keyed = (key: string, body: unknown = validMoc): ReturnType<typeof jsonEvent> =>
    jsonEvent(body, { headers: { "Idempotency-Key": key } });

  it("keeps and indexes a MOC, and says where it is", async () => {
    const deps = testDeps();
    const result = await createMoc(deps)(jsonEvent(validMoc));
    expect(result.statusCode).toBe(201);
    expect(bodyOf(result)).toEqual({ id: idOf(1), createdAt: START, ...validMoc });
    expect(result.headers).toMatchObject({ location: `mocs/${idOf(1)}`, "idempotency-replayed": "false" });
    await expect(deps.mocs.get(idOf(1))).resolves.toEqual(bodyOf(result));
    await expect(deps.search.search({ terms: ["castle"], limit: 1 })).resolves.toMatchObject({ total: 1 });
  });

  it("makes two of two equal requests without a key", async () => {
    const deps = testDeps();
    await createMoc(deps)(jsonEvent(validMoc));
    await createMoc(deps)(jsonEvent(validMoc));
    await expect(deps.mocs.list({ limit: 9 })).resolves.toHaveLength(2);
  });

  it("makes one of two equal requests with the same key", async () => {
    const deps = testDeps();
    const first = await createMoc(deps)(keyed("k"));
    deps.advance(1000);
    const again = await createMoc(deps)(keyed("k", { ...validMoc, title: " Castle " }));
    expect(again.statusCode).toBe(201);
    expect(again.body).toBe(first.body);
    expect(again.headers).toMatchObject({ "idempotency-replayed": "true", location: `mocs/${idOf(1)}` });
    await expect(deps.mocs.list({ limit: 9 })).resolves.toHaveLength(1);
  });

  it("refuses a key that was used for something else", async () => {
    const deps = testDeps();
    await createMoc(deps)(keyed("k"));
    const result = await createMoc(deps)(keyed("k", { ...validMoc, pieceCount: 1 }));
    expect(result.statusCode).toBe(422);
    expect(errorOf(result)).toMatchObject({ code: "idempotency_key_reused" });
    await expect(deps.mocs.list({ limit: 9 })).resolves.toHaveLength(1);
  });

  it("indexes on a retry what failed to be indexed the first time", async () => {
    const deps = testDeps();
    const { search } = deps;
    const failing = { search: search.search.bind(search), index: () => Promise.reject(new Error("down")) };
    expect((await createMoc({ ...deps, search: failing })(keyed("k"))).statusCode).toBe(500);
    expect((await createMoc(deps)(keyed("k"))).statusCode).toBe(201);
    await expect(search.search({ terms: ["castle"], limit: 1 })).resolves.toMatchObject({ total: 1 });
  });

  it.each([
    ["an empty key", ""],
    ["a key with a space", "a b"],
    ["a key that is no ASCII", "é"],
    ["too long a key", "k".repeat(256)],
  ])("refuses %s", async (_name, key) => {
    const deps = testDeps();
    const result = await createMoc(deps)(keyed(key));
    expect(result.statusCode).toBe(400);
    expect(errorOf(result)).toMatchObject({ fields: [{ field: "Idempotency-Key" }] });
    await expect(deps.mocs.list({ limit: 1 })).resolves.toEqual([]);
  });

  it("takes the longest key", async () => {
    expect((await createMoc(testDeps())(keyed("k".repeat(255)))).statusCode).toBe(201);
  });

  it("lists every bad field", async () => {
    const result = await createMoc(testDeps())(jsonEvent({ title: 1 }));
    expect(result.statusCode).toBe(400);
    expect(errorOf(result)).toEqual({
      code: "validation_failed",
      message: "2 fields are not valid.",
      fields: [
        { field: "title", message: "must be text" },
        { field: "pieceCount", message: "is required" },
      ],
      requestId: "request-1",
    });
  });
});

describe("get-moc", () => {
  const get = async (id: string | undefined): Promise<{ statusCode: number; body: string }> => {
    const deps = testDeps();
    await deps.mocs.create(mocOf(10));
    return getMoc(deps)(event(id === undefined ? {} : { pathParameters: { id } }));
  };

  it.each([idOf(10), idOf(10).toUpperCase()])("finds %s", async (id) => {
    const result = await get(id);
    expect(result.statusCode).toBe(200);
    expect(JSON.parse(result.body)).toEqual(mocOf(10));
  });

  it.each([idOf(11), "", "1", "../health", "__proto__", `${idOf(10)} `, undefined])("knows no '%s'", async (id) => {
    const result = await get(id);
    expect(result.statusCode).toBe(404);
    expect(errorOf(result)).toMatchObject({ code: "not_found", message: "There is no such MOC." });
  });
});

describe("list-mocs", () => {
  const list = async (count: number, query: Record<string, string[]> | null): Promise<unknown> => {
    const deps = testDeps();
    for (let n = 1; n <= count; n++) await deps.mocs.create(mocOf(n));
    return bodyOf(await listMocs(deps)(event({ multiValueQueryStringParameters: query })));
  };

  it("has an empty first page where there is nothing", async () => {
    await expect(list(0, null)).resolves.toEqual({ items: [], nextCursor: null });
  });

  it("ends without a cursor when the last page is just full", async () => {
    await expect(list(2, { limit: ["2"] })).resolves.toEqual({ items: [mocOf(2), mocOf(1)], nextCursor: null });
  });

  it("hands out a cursor when there is more, and goes on from it", async () => {
    const nextCursor = encodeCursor(mocOf(2));
    await expect(list(3, { limit: ["2"] })).resolves.toEqual({ items: [mocOf(3), mocOf(2)], nextCursor });
    await expect(list(3, { limit: ["2"], cursor: [nextCursor] })).resolves.toEqual({
      items: [mocOf(1)],
      nextCursor: null,
    });
  });

  it("refuses a bad page", async () => {
    await expect(list(0, { limit: ["0"], cursor: ["?"] })).resolves.toMatchObject({
      error: { code: "validation_failed", fields: [{ field: "limit" }, { field: "cursor" }] },
    });
  });
});

describe("request-image-upload", () => {
  const asked = { contentType: "image/png", sizeBytes: 1000 };
  const ask = async (body: unknown, id = idOf(99)): Promise<{ statusCode: number; body: string }> => {
    const deps = testDeps();
    await deps.mocs.create(mocOf(99));
    return requestImageUpload(deps)(jsonEvent(body, { pathParameters: { id } }));
  };

  it("signs an upload for a MOC", async () => {
    const result = await ask(asked);
    expect(result.statusCode).toBe(201);
    const { image, upload } = JSON.parse(result.body) as { image: unknown; upload: { url: string } };
    expect(image).toEqual({ id: idOf(1), mocId: idOf(99), ...asked });
    expect(upload.url).toMatch(`http://uploads.test/mocs/${idOf(99)}/${idOf(1)}.png?signature=`);
    expect(upload).toMatchObject({ method: "PUT", expiresAt: "2026-01-02T03:19:05.678Z" });
  });

  it.each([
    ["image/jpeg", "jpg"],
    ["image/webp", "webp"],
  ])("takes %s", async (contentType, extension) => {
    expect((await ask({ ...asked, contentType })).body).toContain(`${idOf(1)}.${extension}?`);
  });

  it.each([
    ["a type that can carry script", { ...asked, contentType: "image/svg+xml" }, ["contentType"]],
    ["a type with parameters", { ...asked, contentType: "image/png; x=y" }, ["contentType"]],
    ["a name from the prototype", { ...asked, contentType: "constructor" }, ["contentType"]],
    ["an empty image", { ...asked, sizeBytes: 0 }, ["sizeBytes"]],
    ["too large an image", { ...asked, sizeBytes: 10 * 1024 * 1024 + 1 }, ["sizeBytes"]],
    ["a key of the client's choice", { ...asked, key: "../x" }, ["key"]],
    ["nothing", {}, ["contentType", "sizeBytes"]],
  ])("refuses %s", async (_name, body, fields) => {
    const result = await ask(body);
    expect(result.statusCode).toBe(400);
    const { fields: found } = errorOf(result) as { fields: { field: string }[] };
    expect(found.map((entry) => entry.field)).toEqual(fields);
  });

  it("takes the largest image", async () => {
    expect((await ask({ ...asked, sizeBytes: 10 * 1024 * 1024 })).statusCode).toBe(201);
  });

  it.each([idOf(98), "nonsense"])("knows no MOC %s", async (id) => {
    expect((await ask(asked, id)).statusCode).toBe(404);
  });
});

describe("figures of the business", () => {
  it("count what was made and not what was replayed, and searches that were answered", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const count = (name: string): number => write.mock.calls.filter(([line]) => String(line).includes(name)).length;
    const deps = testDeps();
    const keyed = jsonEvent(validMoc, { headers: { "Idempotency-Key": "k" } });
    await createMoc(deps)(keyed);
    await createMoc(deps)(keyed);
    await createMoc(deps)(jsonEvent({}));
    expect(count("MocsCreated")).toBe(1);
    await searchMocs(deps)(event());
    expect(count("SearchesPerformed")).toBe(0);
    await searchMocs(deps)(event({ multiValueQueryStringParameters: { q: ["castle"] } }));
    expect(count("SearchesPerformed")).toBe(1);
  });
});

describe("search-mocs", () => {
  it("gives what was found, with scores", async () => {
    const deps = testDeps();
    await deps.search.index(mocOf(1));
    await deps.search.index(mocOf(2, { title: "Car", tags: [], description: "" }));
    const result = await searchMocs(deps)(event({ multiValueQueryStringParameters: { q: ["CASTLE"] } }));
    expect(bodyOf(result)).toEqual({ total: 1, items: [{ ...mocOf(1), score: 3 }] });
  });

  it("refuses a search for nothing", async () => {
    const result = await searchMocs(testDeps())(event());
    expect(result.statusCode).toBe(400);
    expect(errorOf(result)).toMatchObject({ fields: [{ field: "q", message: "is required" }] });
  });
});

describe("fallback", () => {
  it.each([
    ["/mocs", "POST, GET", "This path takes POST and GET only."],
    ["/health", "GET", "This path takes GET only."],
  ])("says what %s takes", async (resource, allow, message) => {
    const result = await fallback(testDeps())(event({ httpMethod: "PATCH", resource }));
    expect(result.statusCode).toBe(405);
    expect(result.headers).toMatchObject({ allow });
    expect(errorOf(result)).toMatchObject({ code: "method_not_allowed", message });
  });

  it.each(["/{proxy+}", "/"])("knows no path of %s", async (resource) => {
    const result = await fallback(testDeps())(event({ resource }));
    expect(result.statusCode).toBe(404);
    expect(errorOf(result)).toMatchObject({ code: "not_found", message: "There is no such path." });
  });
});
