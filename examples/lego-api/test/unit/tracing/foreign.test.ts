import { context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalContextManager } from "../../../src/tracing/context.ts";
import { call, traced } from "../../../src/tracing/index.ts";
import { replaceTracing } from "../../../src/tracing/provider.ts";

// A layer brings a provider of its own, and registers it before the handler is loaded.
const finished = new InMemorySpanExporter();

beforeEach(() => {
  replaceTracing();
  finished.reset();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: finished })] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new LocalContextManager().enable());
});

afterEach(() => {
  replaceTracing();
});

const work = traced("op", () => call({ system: "redis", operation: "GET" }, () => Promise.resolve()));
const names = (): string[] => finished.getFinishedSpans().map(({ name }) => name);

describe("a provider that somebody registered", () => {
  it.each(["", "127.0.0.1:2000"])("is used, with the daemon's address '%s'", async (daemon) => {
    vi.stubEnv("AWS_XRAY_DAEMON_ADDRESS", daemon);
    await work({});
    expect(names()).toEqual(["Redis GET", "op"]);
    const [inner, root] = finished.getFinishedSpans();
    expect(inner?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
  });

  it("has its own span of the invocation, which ours lies under", async () => {
    await trace.getTracer("layer").startActiveSpan("layer", async (span) => {
      await work({});
      span.end();
    });
    const [, root, layer] = finished.getFinishedSpans();
    expect(names()).toEqual(["Redis GET", "op", "layer"]);
    expect(root?.parentSpanContext?.spanId).toBe(layer?.spanContext().spanId);
  });

  it("goes on with the trace that Lambda names where it has no span", async () => {
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
    await work({});
    expect(finished.getFinishedSpans()[1]?.spanContext().traceId).toBe("5759e988bd862e3fe1be46a994272793");
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    await work({});
    expect(names()).toHaveLength(4);
  });

  it("is not used where OpenTelemetry is switched off", async () => {
    vi.stubEnv("OTEL_SDK_DISABLED", "true");
    vi.stubEnv("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000");
    await work({});
    expect(names()).toEqual([]);
  });
});

describe("the context manager", () => {
  it("keeps a context for what is bound to it, and only functions are", () => {
    const manager = new LocalContextManager().enable();
    const key = Symbol("key");
    const inner = manager.active().setValue(key, 1);
    const bound = manager.bind(inner, (n: number) => [n, manager.active().getValue(key)]);
    expect(bound(2)).toEqual([2, 1]);
    expect(manager.bind(inner, "text")).toBe("text");
    expect(manager.with(inner, function (this: string, n: number) { return [this, n]; }, "self", 3)).toEqual(["self", 3]);
    expect(manager.active().getValue(key)).toBeUndefined();
    manager.disable();
  });
});
