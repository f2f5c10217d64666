import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, failed, flushTracing, traced } from "../../../src/tracing/index.ts";
import { replaceTracing } from "../../../src/tracing/provider.ts";
import { beginInstance } from "../../../src/tracing/traced.ts";
import { answer, type Handler, later, record, type Recorded, redis, request } from "./recorded.ts";

const TRACE = "5759e988bd862e3fe1be46a994272793";
const ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793";
let recorded: Recorded;

beforeEach(() => {
  recorded = record();
});

afterEach(() => {
  replaceTracing();
});

describe("an invocation", () => {
  it("is one span, with what one searches by as annotations", async () => {
    vi.stubEnv("TRACING_PROJECT", "LEGO-API");
    vi.stubEnv("TRACING_STAGE", "staging");
    const context = { invokedFunctionArn: "arn:aws:lambda:us-east-1:1:function:f" };
    const handler: Handler = answer(201);
    await traced("create-moc", handler)(request({ "X-Cutover-Run": "run-12345678" }), context);
    const span = recorded.span("create-moc");
    expect(span.kind).toBe(SpanKind.SERVER);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.ended).toBe(true);
    expect(span.attributes).toEqual({
      userId: "anonymous",
      operation: "create-moc",
      status: 201,
      project: "LEGO-API",
      stage: "staging",
      coldStart: true,
      run: "run-12345678",
      "aws.xray.annotations": ["userId", "operation", "status", "project", "stage", "coldStart", "run"],
      "faas.name": "lego-api-staging-create-moc",
      "faas.coldstart": true,
      "faas.init_duration_ms": expect.any(Number) as number,
      "faas.trigger": "http",
      "cloud.resource_id": "arn:aws:lambda:us-east-1:1:function:f",
      "http.request.method": "POST",
      "http.route": "/mocs",
      "url.path": "/mocs",
      "http.request.body.size": 2,
      "http.response.status_code": 201,
      "http.response.body.size": 2,
    });
  });

  it.each(["short", "UPPER-CASE-RUN", "a b c d e f g h", "x".repeat(65), ""])("takes no run called '%s'", async (run) => {
    await traced("op", answer(200))(request({ "x-cutover-run": run }));
    expect(recorded.span("op").attributes).not.toHaveProperty("run");
  });

  it("leaves out the user where that is asked for", async () => {
    vi.stubEnv("TRACING_USER_ID", "off");
    await traced("op", answer(200))(request());
    const { attributes } = recorded.span("op");
    expect(attributes).not.toHaveProperty("userId");
    expect(attributes["aws.xray.annotations"]).not.toContain("userId");
  });

  it("hands on the event, the context and the answer as they are", async () => {
    const handler = vi.fn((event: string, context: { id: number }) => Promise.resolve({ event, context }));
    const context = { id: 1 };
    await expect(traced("op", handler)("event", context)).resolves.toEqual({ event: "event", context });
    expect(handler.mock.calls[0]?.[1]).toBe(context);
  });

  it.each([
    [404, SpanStatusCode.UNSET],
    [499, SpanStatusCode.UNSET],
    [500, SpanStatusCode.ERROR],
    [503, SpanStatusCode.ERROR],
  ])("answered with %d has the status code %d", async (status, code) => {
    await traced("op", answer(status))(request());
    expect(recorded.span("op").status.code).toBe(code);
    expect(recorded.span("op").attributes).toMatchObject({ status });
  });

  it("that throws is recorded with why, and throws on", async () => {
    const thrown = new Error("broken", { cause: new Error("deeper") });
    const http = traced("op", () => Promise.reject(thrown));
    await expect(http(request())).rejects.toBe(thrown);
    const span = recorded.span("op");
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: "broken" });
    expect(span.attributes).toMatchObject({ status: 502, "http.response.status_code": 502 });
    expect(span.events.map((event) => event.attributes?.["exception.message"])).toEqual(["broken", "deeper"]);
    // Also one that throws before there is a promise.
    const sync = traced("sync", () => {
      throw thrown;
    });
    await expect(sync({ Records: [] })).rejects.toBe(thrown);
    expect(recorded.span("sync").attributes).toMatchObject({ status: 500 });
    expect(recorded.span("sync").attributes).not.toHaveProperty("http.response.status_code");
  });

  it("tells why it was answered with a 500, where the handler says", async () => {
    await traced("op", () => {
      failed(new TypeError("swallowed"));
      return answer(500)();
    })(request());
    expect(recorded.span("op").events.map((event) => event.attributes?.["exception.type"])).toEqual(["TypeError"]);
    expect(() => {
      failed(new Error("outside of any"));
    }).not.toThrow();
  });

  it("is sent before it ends, with all its calls in one go", async () => {
    await traced("op", async () => {
      await call(redis, () => later(2));
      await Promise.all([call(redis, () => later(2)), call({ system: "s3", operation: "HeadObject" }, () => later(1))]);
    })(request());
    expect(recorded.batches).toHaveLength(1);
    const root = recorded.span("op");
    const calls = recorded.spans().filter((span) => span !== root);
    expect(calls).toHaveLength(3);
    for (const span of calls) {
      expect(span.parentSpanContext?.spanId).toBe(root.spanContext().spanId);
      expect(span.duration[1]).toBeGreaterThan(0);
    }
  });

  it("sends with the next one what ended after it", async () => {
    let end: (() => void) | undefined;
    await traced("one", () => {
      void call(redis, () => new Promise<void>((resolve) => (end = resolve)));
      return Promise.resolve();
    })(request());
    end?.();
    await later(1);
    expect(recorded.spans().map(({ name }) => name)).toEqual(["one"]);
    await traced("two", answer(200))(request());
    expect(recorded.spans().map(({ name }) => name).sort()).toEqual(["Redis GET", "one", "two"]);
  });
});

describe("a cold start", () => {
  const starts = (): unknown[] => recorded.spans().map(({ attributes }) => attributes["coldStart"]);

  it("is the first invocation of an instance", async () => {
    const handler = traced("op", answer(200));
    await handler(request());
    await handler(request());
    expect(starts()).toEqual([true, false]);
    expect(recorded.spans()[1]?.attributes).not.toHaveProperty("faas.init_duration_ms");
    beginInstance();
    await handler(request());
    expect(starts()).toEqual([true, false, true]);
  });

  it("is none where it happened before anybody asked", async () => {
    vi.stubEnv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency");
    beginInstance();
    await traced("op", answer(200))(request());
    expect(starts()).toEqual([false]);
  });
});

describe("the trace", () => {
  const context = (): unknown => {
    const span = recorded.span("op");
    return [span.spanContext().traceId, span.parentSpanContext?.spanId];
  };

  it("is the one of X-Amzn-Trace-Id", async () => {
    await traced("op", answer(200))(request({ "x-amzn-trace-id": `${ROOT};Parent=53995c3f42cd8ad8;Sampled=1` }));
    expect(context()).toEqual([TRACE, "53995c3f42cd8ad8"]);
  });

  it("is the one that Lambda names, whatever the caller wrote", async () => {
    vi.stubEnv("_X_AMZN_TRACE_ID", `${ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0`);
    await traced("op", answer(200))(request({ "X-Amzn-Trace-Id": "Root=1-00000001-000000000000000000000001;Sampled=1" }));
    expect(context()).toEqual([TRACE, "53995c3f42cd8ad8"]);
  });

  it("begins here where there is an id and no parent, for this invocation only", async () => {
    const handler = traced("op", answer(200));
    await handler(request({ "x-amzn-trace-id": `${ROOT};Sampled=1` }));
    expect(context()).toEqual([TRACE, undefined]);
    await handler(request());
    expect(recorded.spans()[1]?.spanContext().traceId).not.toBe(TRACE);
  });

  it("has an id of now where there is none", async () => {
    await traced("op", answer(200))(request());
    const seconds = Number.parseInt(recorded.span("op").spanContext().traceId.slice(0, 8), 16);
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(5);
  });

  it.each([`${ROOT};Parent=53995c3f42cd8ad8;Sampled=0`, `${ROOT};Sampled=0`])("is not recorded for %s, and calls run", async (header) => {
    const handler = traced("op", () => call(redis, (note) => {
      note.set("a", 1);
      return answer(200)();
    }));
    await expect(handler(request({ "x-amzn-trace-id": header }))).resolves.toMatchObject({ statusCode: 200 });
    await flushTracing();
    expect(recorded.spans()).toEqual([]);
  });

  it("is each request's own, however many run at once", async () => {
    const handler = traced("op", async () => {
      await later(Math.random() * 4);
      await call(redis, () => later(Math.random() * 4));
      await call({ system: "s3", operation: "HeadObject" }, () => later(Math.random() * 4));
    });
    const ids = Array.from({ length: 100 }, (_, n) => `5759e988${n.toString(16).padStart(24, "a")}`);
    await Promise.all(ids.map((id) => handler(request({ "x-amzn-trace-id": `Root=1-${id.slice(0, 8)}-${id.slice(8)};Sampled=1` }))));
    expect(recorded.batches.map((batch) => batch.length)).toEqual(ids.map(() => 3));
    for (const id of ids) {
      const spans = recorded.spans().filter((span) => span.spanContext().traceId === id);
      const root = spans.find(({ name }) => name === "op");
      const parents = spans.filter((span) => span !== root).map((span) => span.parentSpanContext?.spanId);
      expect(parents).toEqual([root?.spanContext().spanId, root?.spanContext().spanId]);
    }
  });

  it("of two invocations at once under one id is whole", async () => {
    const handler = traced("op", (ms: number) => call(redis, () => later(ms)));
    vi.stubEnv("_X_AMZN_TRACE_ID", `${ROOT};Parent=53995c3f42cd8ad8;Sampled=1`);
    await Promise.all([handler(1), handler(10)]);
    expect(recorded.spans().map(({ name }) => name).sort()).toEqual(["Redis GET", "Redis GET", "op", "op"]);
  });
});
