import { SpanStatusCode, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, flushTracing, traced } from "../../../src/tracing/index.ts";
import { replaceTracing } from "../../../src/tracing/provider.ts";
import { answer, type Handler, later, record, type Recorded, redis, request, stdout } from "./recorded.ts";

let recorded: Recorded;

beforeEach(() => {
  recorded = record();
});

afterEach(() => {
  replaceTracing();
});

describe("trouble with tracing", () => {
  it("does not reach the request, and is told once", async () => {
    const out = stdout();
    recorded = record(() => Promise.reject(new Error("the exporter is broken")));
    const handler = traced("op", answer(200));
    await expect(handler(request())).resolves.toMatchObject({ statusCode: 200 });
    await expect(handler(request())).resolves.toMatchObject({ statusCode: 200 });
    const failing = traced("op", () => Promise.reject(new Error("its own")));
    await expect(failing(request())).rejects.toThrow("its own");
    expect(out.lines()).toEqual([
      { level: "warn", message: "an invocation could not be traced", error: "the exporter is broken" },
    ]);
  });

  it("also when the event cannot be read, or the answer", async () => {
    stdout();
    const hostile = {
      get httpMethod(): string {
        throw new Error("no");
      },
    };
    await expect(traced("op", answer(200))(hostile)).resolves.toMatchObject({ statusCode: 200 });
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    await expect(traced("op", () => Promise.resolve(circle))(request())).resolves.toBe(circle);
    expect(recorded.span("op").ended).toBe(true);
  });

  it("also when it cannot be set up", async () => {
    const out = stdout();
    replaceTracing();
    vi.stubEnv("AWS_XRAY_DAEMON_ADDRESS", "nonsense");
    const handler = traced("op", () => call(redis, answer(200)));
    await expect(handler(request())).resolves.toMatchObject({ statusCode: 200 });
    await expect(handler(request())).resolves.toMatchObject({ statusCode: 200 });
    expect(out.lines()).toMatchObject([
      { message: "tracing cannot be set up: nothing is traced", error: expect.stringContaining("nonsense") as string },
    ]);
  });
});

describe("an invocation that takes too long", () => {
  it("is sent as it is, just before Lambda ends it", async () => {
    const context = { getRemainingTimeInMillis: () => 120 };
    let end: (() => void) | undefined;
    const handler: Handler = async () => {
      await call(redis, () => Promise.resolve());
      await new Promise<void>((resolve) => (end = resolve));
    };
    const stuck = traced("op", handler)(request(), context);
    await vi.waitFor(() => {
      expect(recorded.spans().map(({ name }) => name)).toEqual(["Redis GET", "op"]);
    });
    expect(recorded.span("op").attributes).toMatchObject({ status: 504 });
    expect(recorded.span("op").status.code).toBe(SpanStatusCode.ERROR);
    end?.();
    await stuck;
    expect(recorded.spans()).toHaveLength(2);
  });

  it("is left alone when it ends in time", async () => {
    const context = { getRemainingTimeInMillis: () => 130 };
    const handler: Handler = answer(200);
    await traced("op", handler)(request(), context);
    await later(60);
    expect(recorded.span("op").attributes).toMatchObject({ status: 200 });
  });
});

describe("without anybody who receives", () => {
  it("nothing is recorded, and everything runs", async () => {
    replaceTracing();
    await expect(traced("op", () => call(redis, answer(200)))(request())).resolves.toMatchObject({ statusCode: 200 });
    expect(trace.getTracer("x").startSpan("x").isRecording()).toBe(false);
    await flushTracing();
  });
});
