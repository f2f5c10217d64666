import { SpanKind } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLocalDeps } from "../../../src/local/deps.ts";
import { main } from "../../../src/local/main.ts";
import { played } from "../../../src/local/played.ts";
import { type RunningServer, startServer } from "../../../src/local/server.ts";
import { formatTraceHeader, parseTraceHeader } from "../../../src/tracing/index.ts";
import { replaceTracing } from "../../../src/tracing/provider.ts";
import { codeFor } from "../../../src/adapters/memory/tokens.ts";
import { event, jsonEvent, testDeps, validMoc } from "../support.ts";
import { createHandlers } from "../../../src/local/router.ts";
import { record, type Recorded, stdout } from "../tracing/recorded.ts";

let recorded: Recorded;
let running: RunningServer | undefined;

beforeEach(() => {
  recorded = record();
});

afterEach(async () => {
  await running?.stop(0);
  running = undefined;
  replaceTracing();
});

async function start(): Promise<string> {
  running = await startServer({ port: 0, host: "127.0.0.1", createDeps: (url) => createLocalDeps({}, url) });
  return running.url;
}

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

/** The calls of the one invocation of an operation, in the order in which they began. */
function callsOf(operation: string): string[] {
  const root = recorded.span(operation).spanContext();
  return recorded
    .spans()
    .filter((span) => span.kind === SpanKind.CLIENT && span.parentSpanContext?.spanId === root.spanId)
    .map((span) => span.name);
}

describe("the local server, as API Gateway", () => {
  it("begins a trace where the caller has none, and says which", async () => {
    const url = await start();
    const response = await fetch(`${url}/health`);
    const origin = parseTraceHeader(response.headers.get("x-amzn-trace-id") ?? "");
    expect(origin).toEqual({ traceId: recorded.span("health").spanContext().traceId, sampled: true });
  });

  it("goes on with the caller's", async () => {
    const url = await start();
    const header = formatTraceHeader({ traceId: "5759e988bd862e3fe1be46a994272793", parentId: "53995c3f42cd8ad8", sampled: true });
    const response = await fetch(`${url}/mocs`, json(validMoc, { "X-Amzn-Trace-Id": header, "X-Cutover-Run": "run-12345678" }));
    expect(response.headers.get("x-amzn-trace-id")).toBe(header);
    const span = recorded.span("create-moc");
    expect(span.spanContext().traceId).toBe("5759e988bd862e3fe1be46a994272793");
    expect(span.parentSpanContext?.spanId).toBe("53995c3f42cd8ad8");
    const answer = await response.text();
    expect(span.attributes).toMatchObject({
      run: "run-12345678",
      status: 201,
      "http.route": "/mocs",
      "url.path": "/mocs",
      "http.request.body.size": JSON.stringify(validMoc).length,
      "http.response.body.size": Buffer.byteLength(answer),
    });
  });

  it("tells the image handler what was uploaded, and waits for it when it stops", async () => {
    const out = stdout();
    const url = await start();
    const moc = (await (await fetch(`${url}/mocs`, json(validMoc))).json()) as { id: string };
    const asked = await fetch(`${url}/mocs/${moc.id}/images`, json({ contentType: "image/png", sizeBytes: 3 }));
    const { upload } = (await asked.json()) as { upload: { url: string; method: string; headers: Record<string, string> } };
    expect((await fetch(upload.url, { ...upload, body: "abc" })).status).toBe(200);
    await running?.stop(0);
    running = undefined;
    expect(callsOf("image-uploaded")).toEqual(["RDS SELECT", "S3 HeadObject", "RDS UPDATE"]);
    expect(out.lines().flatMap((line) => Object.keys(line).filter((key) => /^[MIS]/.test(key)))).toEqual(["MocsCreated", "ImagesUploaded"]);
  });

  it("goes on when the image handler fails", async () => {
    const { log, lines } = testDeps();
    running = await startServer({
      port: 0,
      host: "127.0.0.1",
      createDeps: (url) => {
        const deps = createLocalDeps({}, url);
        const get = async (): Promise<never> => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          throw new Error("no catalog");
        };
        return { ...deps, log, catalog: { expect: () => Promise.resolve(), list: () => Promise.resolve([]), markUploaded: get, get } };
      },
    });
    const moc = (await (await fetch(`${running.url}/mocs`, json(validMoc))).json()) as { id: string };
    const asked = await fetch(`${running.url}/mocs/${moc.id}/images`, json({ contentType: "image/png", sizeBytes: 3 }));
    const { upload } = (await asked.json()) as { upload: { url: string; method: string; headers: Record<string, string> } };
    expect((await fetch(upload.url, { ...upload, body: "abc" })).status).toBe(200);
    // Whatever is under way is waited for.
    await running.stop(0);
    running = undefined;
    expect(lines).toMatchObject([{ message: "the bucket's event failed" }]);
    expect(recorded.span("image-uploaded").events.length).toBeGreaterThan(0);
  });
});

describe("stores in memory", () => {
  it("make the calls that the real ones make, marked as stand-ins", async () => {
    stdout();
    const handlers = createHandlers(played(testDeps()));
    const created = await handlers["create-moc"](jsonEvent(validMoc, { headers: { "Idempotency-Key": "k" } }));
    const { id } = JSON.parse(created.body) as { id: string };
    await handlers["get-moc"](event({ pathParameters: { id } }));
    await handlers["list-mocs"](event());
    await handlers["search-mocs"](event({ multiValueQueryStringParameters: { q: ["castle"] } }));
    await handlers["request-image-upload"](jsonEvent({ contentType: "image/png", sizeBytes: 3 }, { pathParameters: { id } }));
    await handlers["list-images"](event({ pathParameters: { id } }));
    const codeVerifier = "v".repeat(43);
    const session = { code: codeFor(codeVerifier), redirectUri: "https://app.example.com/in", codeVerifier };
    await handlers["create-session"](jsonEvent(session));
    const calls = Object.keys(handlers).map((name) => [name, recorded.spans().some((span) => span.name === name) ? callsOf(name) : []]);
    expect(Object.fromEntries(calls)).toEqual({
      health: [],
      "create-moc": ["RDS INSERT", "Redis SET", "OpenSearch index"],
      "get-moc": ["Redis MGET", "RDS SELECT"],
      "list-mocs": ["RDS SELECT"],
      "search-mocs": ["OpenSearch search"],
      "request-image-upload": ["Redis MGET", "RDS SELECT", "RDS INSERT"],
      "list-images": ["Redis MGET", "RDS SELECT", "RDS SELECT", "S3 HeadObject"],
      "create-session": ["Cognito token"],
      fallback: [],
      "image-uploaded": [],
    });
    for (const span of recorded.spans().filter(({ kind }) => kind === SpanKind.CLIENT)) {
      expect(span.attributes, span.name).toMatchObject({ "stand.in": true });
    }
  });

  it("count rows, and replay without a second one", async () => {
    stdout();
    const handlers = createHandlers(played(testDeps()));
    for (const wanted of [1, 0]) {
      recorded = record();
      await handlers["create-moc"](jsonEvent(validMoc, { headers: { "Idempotency-Key": "k" } }));
      expect(recorded.span("RDS INSERT").attributes["db.response.returned_rows"]).toBe(wanted);
    }
    recorded = record();
    await handlers["get-moc"](event({ pathParameters: { id: "00000000-0000-4000-8000-0000000000ff" } }));
    expect(recorded.span("RDS SELECT").attributes["db.response.returned_rows"]).toBe(0);
  });

  it("leave real ones alone", () => {
    const real = { get: 1 } as never;
    const deps = { ...testDeps(), mocs: real, search: real, images: real, catalog: real, tokens: real };
    expect(played(deps)).toEqual(deps);
  });
});

describe("main", () => {
  it("sends what is left when it is told to stop", async () => {
    let stop: (() => void) | undefined;
    const ended = main({ env: { PORT: "0" }, print: () => undefined, onStopSignal: (callback) => (stop = callback) });
    await vi.waitFor(() => {
      expect(stop).toBeDefined();
    });
    const { call } = await import("../../../src/tracing/index.ts");
    await call({ system: "redis", operation: "PING" }, () => Promise.resolve());
    expect(recorded.spans()).toEqual([]);
    stop?.();
    await ended;
    expect(recorded.spans().map(({ name }) => name)).toEqual(["Redis PING"]);
  });
});
