import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { type Call, call } from "../../../src/tracing/call.ts";
import { flushTracing, replaceTracing } from "../../../src/tracing/provider.ts";
import { traced } from "../../../src/tracing/traced.ts";
import { record, stdout } from "./recorded.ts";

afterEach(() => {
  replaceTracing();
});

const one = async (what: Call): Promise<Record<string, unknown>> => {
  const recorded = record();
  await traced("op", () => call(what, () => Promise.resolve(1)))({});
  const span = recorded.spans().find(({ kind }) => kind === SpanKind.CLIENT);
  return { name: span?.name, ...span?.attributes };
};

describe("call", () => {
  it.each<[Call, Record<string, unknown>]>([
    [
      { system: "postgresql", operation: "SELECT", target: "mocs", statement: "SELECT * FROM mocs WHERE id = 'x'", address: "db" },
      {
        name: "RDS SELECT",
        "peer.service": "RDS",
        "server.address": "db",
        "db.system.name": "postgresql",
        "db.operation.name": "SELECT",
        "db.collection.name": "mocs",
        "db.query.text": "SELECT * FROM mocs WHERE id = ?",
      },
    ],
    [
      { system: "redis", operation: "GET" },
      { name: "Redis GET", "peer.service": "Redis", "db.system.name": "redis", "db.operation.name": "GET" },
    ],
    [
      { system: "opensearch", operation: "search", target: "mocs", statement: '{"query":"castle"}' },
      {
        name: "OpenSearch search",
        "peer.service": "OpenSearch",
        "db.system.name": "opensearch",
        "db.operation.name": "search",
        "db.collection.name": "mocs",
        "db.query.text": '{"query":"?"}',
      },
    ],
    [
      { system: "s3", operation: "HeadObject", target: "images" },
      {
        name: "S3 HeadObject",
        "peer.service": "S3",
        "rpc.system": "aws-api",
        "rpc.service": "S3",
        "rpc.method": "HeadObject",
        "aws.s3.bucket": "images",
      },
    ],
    [
      { system: "s3", operation: "ListBuckets" },
      { name: "S3 ListBuckets", "peer.service": "S3", "rpc.system": "aws-api", "rpc.service": "S3", "rpc.method": "ListBuckets" },
    ],
    [
      { system: "cognito", operation: "token", target: "/oauth2/token" },
      { name: "Cognito token", "peer.service": "Cognito", "rpc.method": "token", "url.path": "/oauth2/token" },
    ],
    [
      { system: "cognito", operation: "token" },
      { name: "Cognito token", "peer.service": "Cognito", "rpc.method": "token" },
    ],
  ])("%o", async (what, wanted) => {
    expect(await one(what)).toEqual(wanted);
  });

  it("notes what is known only afterwards", async () => {
    const recorded = record();
    await traced("op", () =>
      call({ system: "postgresql", operation: "SELECT" }, (note) => {
        note.set("db.response.returned_rows", 3);
        return Promise.resolve();
      }),
    )({});
    expect(recorded.span("RDS SELECT").attributes).toMatchObject({ "db.response.returned_rows": 3 });
  });

  it("records what was thrown with its causes, and throws it on", async () => {
    const recorded = record();
    const dns = new AggregateError([new Error("::1 refused"), new Error("127.0.0.1 refused")], "");
    const cause = new TypeError("no connection", { cause: dns });
    const thrown = new RangeError("x".repeat(3000), { cause });
    cause.stack = "s".repeat(9000);
    const work = traced("op", () => call({ system: "redis", operation: "GET" }, () => Promise.reject(thrown)));
    await expect(work({})).rejects.toBe(thrown);
    const span = recorded.span("Redis GET");
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: "x".repeat(1024) });
    expect(span.events.map(({ name, attributes }) => [name, attributes?.["exception.type"], attributes?.["exception.cause.depth"]])).toEqual([
      ["exception", "RangeError", undefined],
      ["exception", "TypeError", 1],
      ["exception", "AggregateError", 2],
      ["exception", "Error", 3],
    ]);
    expect(span.events[1]?.attributes?.["exception.stacktrace"]).toHaveLength(4096);
    expect(span.events[3]?.attributes).toMatchObject({
      "exception.message": "::1 refused",
      "exception.stacktrace": expect.stringContaining("call.test.ts") as string,
    });
  });

  it.each([
    ["text", [["string", "text"]]],
    [undefined, []],
    [null, [["object", "null"]]],
  ])("records also that %s was thrown, which is no error", async (thrown, events) => {
    const recorded = record();
    const work = call({ system: "redis", operation: "GET" }, () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- JavaScript lets one throw anything.
      throw thrown;
    });
    await expect(work).rejects.toBe(thrown);
    await flushTracing();
    const span = recorded.span("Redis GET");
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.events.map((e) => [e.attributes?.["exception.type"], e.attributes?.["exception.message"]])).toEqual(events);
  });

  it("does not follow causes in a circle, nor without end", async () => {
    const recorded = record();
    const a = new Error("a");
    a.cause = new Error("b", { cause: a });
    let deep = new Error("0");
    for (let n = 1; n < 50; n++) deep = new Error(String(n), { cause: deep });
    for (const thrown of [a, deep]) {
      await expect(call({ system: "redis", operation: "GET" }, () => Promise.reject(thrown))).rejects.toBe(thrown);
    }
    await flushTracing();
    expect(recorded.spans().map(({ events }) => events.length)).toEqual([2, 6]);
  });

  it("runs the work where nothing is traced", async () => {
    replaceTracing();
    await expect(call({ system: "s3", operation: "x" }, (note) => {
      note.set("a", 1);
      return Promise.resolve("done");
    })).resolves.toBe("done");
  });

  it("is left out beyond what anybody reads, but the invocation is not", async () => {
    const out = stdout();
    const recorded = record();
    await traced("op", async () => {
      for (let n = 0; n < 1100; n++) await call({ system: "redis", operation: "GET" }, () => Promise.resolve());
    })({});
    expect(recorded.spans()).toHaveLength(1001);
    expect(recorded.span("op")).toBeDefined();
    expect(out.lines()).toMatchObject([{ level: "warn", message: expect.stringContaining("1000 spans") as string }]);
    // Room is made again.
    await traced("op", () => call({ system: "redis", operation: "SET" }, () => Promise.resolve()))({});
    expect(recorded.span("Redis SET")).toBeDefined();
  });
});
