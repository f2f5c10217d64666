import { describe, expect, it, vi } from "vitest";
import { CognitoTokens } from "../../src/adapters/cognito/tokens.ts";
import { MemoryMocStore } from "../../src/adapters/memory/moc-store.ts";
import { MemorySearchIndex } from "../../src/adapters/memory/search-index.ts";
import { MemoryTokens } from "../../src/adapters/memory/tokens.ts";
import { OpenSearchIndex } from "../../src/adapters/opensearch/search-index.ts";
import { PostgresMocStore } from "../../src/adapters/postgres/moc-store.ts";
import { CachedMocStore } from "../../src/adapters/redis/cached-moc-store.ts";
import { API, EVENTS } from "../../src/api.ts";
import type { Handler } from "../../src/http.ts";
import { jsonLogger } from "../../src/log.ts";
import { buildInfo, createBaseDeps, lambda, systemClock } from "../../src/runtime.ts";
import { createAllDeps } from "../../src/runtime-all.ts";
import { createHealthDeps } from "../../src/runtime-health.ts";
import { createImageDeps, createImageStore } from "../../src/runtime-images.ts";
import { createMocStores, createWriteDeps } from "../../src/runtime-mocs.ts";
import { createSearchDeps } from "../../src/runtime-search.ts";
import { createSessionDeps } from "../../src/runtime-sessions.ts";
import { event, jsonEvent, validMoc } from "./support.ts";

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("buildInfo", () => {
  it("reads the build from the environment, and owns up to not knowing", () => {
    const env = { APP_VERSION: "2.0.0", APP_COMMIT: "deadbeef", APP_STAGE: "staging" };
    expect(buildInfo(env)).toEqual({ version: "2.0.0", commit: "deadbeef", stage: "staging" });
    expect(buildInfo({})).toEqual({ version: "unknown", commit: "unknown", stage: "local" });
  });
});

describe("createBaseDeps", () => {
  it("makes random ids and reads the real clock", () => {
    const { newId, clock } = createBaseDeps({});
    const ids = Array.from({ length: 50 }, newId);
    expect(new Set(ids).size).toBe(50);
    expect(ids.every((id) => UUID_V4.test(id))).toBe(true);
    expect(Math.abs(clock().getTime() - Date.now())).toBeLessThan(1000);
  });
});

describe("the stores", () => {
  const base = createBaseDeps({});
  const DATABASE_URL = "postgres://lego@127.0.0.1:1/lego";
  const REDIS_URL = "redis://127.0.0.1:1";
  const OPENSEARCH_URL = "http://127.0.0.1:1";

  it("are in memory where nothing is named, which in Lambda, and only there, is worth a warning", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const local = createWriteDeps({});
    expect(local.mocs).toBeInstanceOf(MemoryMocStore);
    expect(local.search).toBeInstanceOf(MemorySearchIndex);
    expect(write).not.toHaveBeenCalled();
    createWriteDeps({ AWS_LAMBDA_FUNCTION_NAME: "f" });
    expect(write.mock.calls.map(([line]) => (JSON.parse(String(line)) as { message: string }).message)).toEqual([
      "MOCs are kept in memory, as DATABASE_URL is not set: not shared between functions, and gone with this instance",
      "The search index is kept in memory, as OPENSEARCH_URL is not set: not shared between functions, and gone with this instance",
    ]);
    write.mockClear();
    createWriteDeps({ AWS_LAMBDA_FUNCTION_NAME: "f", DATABASE_URL, OPENSEARCH_URL });
    createBaseDeps({ AWS_LAMBDA_FUNCTION_NAME: "f" });
    expect(write).not.toHaveBeenCalled();
  });

  it("are PostgreSQL where it is named, behind Redis where that is, and let go of both", async () => {
    const plain = createMocStores({ DATABASE_URL }, base);
    expect(plain.mocs).toBeInstanceOf(PostgresMocStore);
    const cached = createMocStores({ DATABASE_URL, REDIS_URL }, base);
    expect(cached.mocs).toBeInstanceOf(CachedMocStore);
    // Others would see what this one has, and only for a while.
    const memory = createMocStores({ REDIS_URL }, base);
    expect(memory.mocs).toBeInstanceOf(MemoryMocStore);
    for (const stores of [plain, cached, memory]) await expect(stores.close()).resolves.toBeUndefined();
  });

  it("are OpenSearch where that is named", () => {
    expect(createSearchDeps({ OPENSEARCH_URL }).search).toBeInstanceOf(OpenSearchIndex);
    expect(createSearchDeps({}).search).toBeInstanceOf(MemorySearchIndex);
  });

  it("give sessions by Cognito where it is named, else on one machine only", async () => {
    const request = { code: "c", redirectUri: "https://x", codeVerifier: "v" };
    expect(createSessionDeps({ COGNITO_DOMAIN: "x.example.com", COGNITO_CLIENT_ID: "c" }).tokens).toBeInstanceOf(CognitoTokens);
    expect(createSessionDeps({}).tokens).toBeInstanceOf(MemoryTokens);
    await expect(createSessionDeps({ AWS_LAMBDA_FUNCTION_NAME: "f" }).tokens.exchange(request)).rejects.toMatchObject({
      code: "upstream_unavailable",
      cause: new Error("COGNITO_DOMAIN is not set"),
    });
  });

  it("are asked for their health as far as they are named", async () => {
    expect(createHealthDeps({}).probes).toEqual([]);
    const { probes, close } = createHealthDeps({ DATABASE_URL, REDIS_URL, OPENSEARCH_URL });
    expect(probes.map((probe) => probe.name)).toEqual(["database", "cache", "search"]);
    for (const probe of probes) await expect(probe.ping()).rejects.toThrow();
    await close?.();
  });

  it("are all there for one server, which lets go of them", async () => {
    const images = createImageStore({ IMAGES_BUCKET: "b" }, systemClock);
    const all = createAllDeps({ DATABASE_URL, REDIS_URL, OPENSEARCH_URL }, images);
    expect(all).toMatchObject({ images, probes: [{}, {}, {}] });
    await all.close();
    await createAllDeps({}, images).close();
  });
});

describe("createImageDeps", () => {
  it("adds the images, and cannot do without their bucket", () => {
    expect(createImageDeps({ IMAGES_BUCKET: "b" }).images).toHaveProperty("presignUpload");
    expect(() => createImageDeps({})).toThrow("IMAGES_BUCKET");
  });
});

describe("lambda", () => {
  it("sets up once, at the first request, from the environment of then", async () => {
    const answer: Handler = () => Promise.resolve({ statusCode: 200, body: "" });
    const create = vi.fn<(deps: string) => Handler>(() => answer);
    const handler = lambda("create-moc", create, (env) => env["COLOUR"] ?? "none");
    expect(create).not.toHaveBeenCalled();
    vi.stubEnv("COLOUR", "red");
    await handler(event());
    await handler(event());
    expect(create).toHaveBeenCalledExactlyOnceWith("red");
  });

  it("tries again if setting up failed", async () => {
    let broken = true;
    const handler = lambda(
      "create-moc",
      (): Handler => () => Promise.resolve({ statusCode: 200, body: "" }),
      () => {
        if (broken) throw new Error("not yet");
      },
    );
    await expect(handler(event())).rejects.toThrow("not yet");
    broken = false;
    await expect(handler(event())).resolves.toMatchObject({ statusCode: 200 });
  });
});

describe("entry points", () => {
  const load = async (name: string): Promise<Handler> => {
    const module = (await import(`../../src/handlers/${name}.ts`)) as { handler: Handler };
    return module.handler;
  };

  it.each([
    ["health", event(), 200],
    ["create-moc", jsonEvent(validMoc), 201],
    ["get-moc", event(), 404],
    ["list-mocs", event(), 200],
    ["list-images", event(), 404],
    ["create-session", jsonEvent({}), 400],
    ["request-image-upload", event(), 404],
    ["search-mocs", event({ multiValueQueryStringParameters: { q: ["castle"] } }), 200],
    ["fallback", event(), 404],
  ])("%s answers", async (name, request, status) => {
    vi.stubEnv("IMAGES_BUCKET", "images");
    expect((await (await load(name))(request)).statusCode).toBe(status);
  });

  it("take what the bucket tells", async () => {
    vi.stubEnv("IMAGES_BUCKET", "images");
    const { handler } = await import("../../src/handlers/image-uploaded.ts");
    await expect(handler({ Records: [] })).resolves.toEqual({ marked: 0, ignored: 0 });
  });

  it("exist for every route and event", async () => {
    for (const { handler } of [...API, ...EVENTS]) expect(await load(handler)).toBeTypeOf("function");
  });
});

describe("jsonLogger", () => {
  it("writes one line of JSON for each message", () => {
    const lines: string[] = [];
    const log = jsonLogger((line) => lines.push(line));
    log.warn("careful");
    log.error("broken", { requestId: "r", error: "a\nb" });
    expect(lines).toEqual([
      '{"level":"warn","message":"careful"}\n',
      '{"level":"error","message":"broken","requestId":"r","error":"a\\nb"}\n',
    ]);
  });
});
