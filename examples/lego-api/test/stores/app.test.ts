import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { imageUploaded } from "../../src/handlers/image-uploaded.ts";
import { createLocalDeps } from "../../src/local/deps.ts";
import { type RunningServer, startServer } from "../../src/local/server.ts";
import { main } from "../../src/migrations/main.ts";
import type { Deps } from "../../src/ports.ts";
import { CLIENT_ID, type Cognito, REDIRECT, startCognito } from "../servers/cognito.ts";
import { type OpenSearch, startOpenSearch } from "../servers/opensearch.ts";
import { DATABASE_URL, freePort, given, type OwnRedis, startRedis } from "./support.ts";

let search: OpenSearch;
let cognito: Cognito;
let redis: OwnRedis;
let server: RunningServer;
let deps: Deps;

beforeAll(async () => {
  const port = await freePort();
  redis = await startRedis(port);
  search = await startOpenSearch(true);
  cognito = await startCognito();
  const env = {
    DATABASE_URL,
    REDIS_URL: `redis://127.0.0.1:${port}`,
    OPENSEARCH_URL: search.url,
    COGNITO_DOMAIN: cognito.url,
    COGNITO_CLIENT_ID: CLIENT_ID,
    IMAGES_BUCKET: given("TEST_S3_BUCKET"),
    AWS_ENDPOINT_URL_S3: given("TEST_S3_ENDPOINT"),
  };
  await main({ env, print: () => undefined, folder: new URL("../../src/migrations", import.meta.url).pathname });
  server = await startServer({ port: 0, host: "127.0.0.1", createDeps: (url) => (deps = createLocalDeps(env, url)) });
});
afterAll(async () => {
  await server.stop();
  await Promise.all([search.stop(), cognito.stop(), redis.stop()]);
});

interface Answer {
  readonly status: number;
  readonly replayed: string | null;
  readonly body: Record<string, unknown>;
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } };
  const response = await fetch(server.url + path, { method, ...init });
  return { status: response.status, replayed: response.headers.get("idempotency-replayed"), body: (await response.json()) as Record<string, unknown> };
}

const word = (): string => `w${randomUUID().replaceAll("-", "")}`;
const moc = (title = word()) => ({ title, pieceCount: 3, tags: ["stores"] });

describe("the app on real stores", () => {
  it("is healthy, and says which stores it asked", async () => {
    const { status, body } = await call("GET", "/health");
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "ok", stores: { database: "ok", cache: "ok", search: "ok" } });
  });

  it("makes one MOC of twenty requests with one key, and finds, lists and reads it", async () => {
    const sent = moc();
    const headers = { "idempotency-key": randomUUID() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => call("POST", "/mocs", sent, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.filter(({ replayed }) => replayed === "false")).toHaveLength(1);
    const id = answers[0]?.body["id"] as string;
    expect(new Set(answers.map(({ body }) => body["id"]))).toEqual(new Set([id]));
    await expect(call("GET", `/mocs/${id}`)).resolves.toMatchObject({ status: 200, body: { id, ...sent } });
    await expect(call("GET", `/search?q=${sent.title}`)).resolves.toMatchObject({ body: { total: 1, items: [{ id, score: 3 }] } });
    const { items } = (await call("GET", "/mocs?limit=5")).body as { items: { id: string }[] };
    expect(items.filter((item) => item.id === id)).toHaveLength(1);
    await expect(call("POST", "/mocs", moc(), headers)).resolves.toMatchObject({ status: 422 });
  });

  it("sees an image that was uploaded, by asking and by the bucket's event, and counts it once", async () => {
    const { body: made } = await call("POST", "/mocs", moc());
    const images = `/mocs/${String(made["id"])}/images`;
    const asked = (await call("POST", images, { contentType: "image/png", sizeBytes: 3 })).body as {
      image: { id: string };
      upload: { url: string; headers: Record<string, string> };
    };
    await expect(call("GET", images)).resolves.toMatchObject({ body: { items: [{ id: asked.image.id, uploadedAt: null }] } });
    await fetch(asked.upload.url, { method: "PUT", headers: asked.upload.headers, body: "png" });
    const key = `${String(made["id"])}/${asked.image.id}`;
    const event = { Records: [{ s3: { object: { key: `mocs/${key}.png` } } }, { s3: { object: { key: "mocs/else+where.txt" } } }] };
    await expect(imageUploaded(deps)(event)).resolves.toEqual({ marked: 1, ignored: 1 });
    await expect(imageUploaded(deps)(event)).resolves.toEqual({ marked: 0, ignored: 2 });
    await expect(call("GET", images)).resolves.toMatchObject({ body: { items: [{ uploadedAt: expect.stringMatching(/^\d/) as string }] } });
  });

  it("exchanges a code for tokens, once, and blames nobody for Cognito's trouble", async () => {
    const codeVerifier = randomBytes(32).toString("base64url");
    const request = { code: cognito.code(codeVerifier), redirectUri: REDIRECT, codeVerifier };
    await expect(call("POST", "/sessions", request)).resolves.toMatchObject({ status: 201, body: { tokenType: "Bearer", accessToken: "the-access-token" } });
    await expect(call("POST", "/sessions", request)).resolves.toMatchObject({ status: 400, body: { error: { code: "invalid_grant" } } });
    cognito.trouble.push({ status: 500, body: {} });
    await expect(call("POST", "/sessions", { ...request, code: "x" })).resolves.toMatchObject({ status: 502, body: { error: { code: "upstream_unavailable" } } });
  });

  // Last, because what is stopped here stays so.
  it("goes on without Redis, and says so where health is asked", async () => {
    const { body: made } = await call("POST", "/mocs", moc());
    await redis.stop();
    await expect(call("GET", `/mocs/${String(made["id"])}`)).resolves.toMatchObject({ status: 200 });
    await expect(call("POST", "/mocs", moc())).resolves.toMatchObject({ status: 201 });
    await expect(call("GET", "/mocs?limit=1")).resolves.toMatchObject({ status: 200 });
    await vi.waitFor(async () => {
      await expect(call("GET", "/health")).resolves.toMatchObject({ status: 503, body: { status: "unavailable", stores: { database: "ok", cache: "down", search: "ok" } } });
    }, 5000);
  });
});
