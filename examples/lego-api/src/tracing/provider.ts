import { randomBytes } from "node:crypto";
import { context, trace, type Tracer } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, type IdGenerator, ParentBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import { LocalContextManager } from "./context.ts";
import { type Env, type Exporter, exporterFor } from "./export.ts";
import { newTraceId } from "./header.ts";
import { InvocationProcessor } from "./processor.ts";
import { warnOnce } from "./warn.ts";

const SCOPE = "tracing";

/** What makes spans here, and sends them. */
export interface Tracing {
  readonly tracer: Tracer;
  /** A provider that somebody else registered, a layer for one, sends its spans by itself. */
  readonly own: boolean;
  /** Lets the next trace have this id: X-Ray hands out ids of traces that have no span yet. */
  nextTraceId(id: string): void;
  flush(traceId: string): Promise<void>;
  flushAll(): Promise<void>;
}

let ready: Tracing | undefined;
let asked = false;

/** Set up at the first invocation, and undefined where nobody receives spans, or where setting up failed. */
export function tracing(): Tracing | undefined {
  if (!asked) {
    asked = true;
    try {
      ready = start(process.env, exporterFor(process.env));
    } catch (error) {
      warnOnce("tracing cannot be set up: nothing is traced", error);
    }
  }
  return ready;
}

/** For tests and for the end of an instance: what is there is put out of use, or replaced. */
export function replaceTracing(exporter?: Exporter, env: Env = process.env): void {
  trace.disable();
  context.disable();
  ready = exporter === undefined ? undefined : start(env, exporter);
  asked = exporter !== undefined;
}

function start(env: Env, exporter: Exporter | undefined): Tracing | undefined {
  if (exporter === undefined) return foreign(env);
  const processor = new InvocationProcessor(exporter);
  const ids = new Ids();
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resourceOf(env)),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    idGenerator: ids,
    spanProcessors: [processor],
  });
  if (!trace.setGlobalTracerProvider(provider)) return foreign(env);
  context.setGlobalContextManager(new LocalContextManager().enable());
  return {
    tracer: provider.getTracer(SCOPE),
    own: true,
    nextTraceId: (id) => {
      ids.next = id;
    },
    flush: (traceId) => processor.flush(traceId),
    flushAll: () => processor.forceFlush(),
  };
}

/** Somebody else's provider: it is asked for a tracer, and otherwise left alone. */
function foreign(env: Env): Tracing | undefined {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || !isRegistered()) return undefined;
  const done = (): Promise<void> => Promise.resolve();
  return { tracer: trace.getTracer(SCOPE), own: false, nextTraceId: () => undefined, flush: done, flushAll: done };
}

/** The API's own provider, which is there from the beginning, makes spans without an id. */
const isRegistered = (): boolean => {
  const probe = trace.getTracer(SCOPE).startSpan("probe");
  return trace.isSpanContextValid(probe.spanContext());
};

class Ids implements IdGenerator {
  next: string | undefined;

  generateTraceId(): string {
    const id = this.next ?? newTraceId(hex);
    this.next = undefined;
    return id;
  }

  generateSpanId(): string {
    return hex(16);
  }
}

const hex = (digits: number): string => randomBytes(digits / 2).toString("hex");

export const projectOf = (env: Env): string => env["TRACING_PROJECT"] ?? "local";
export const stageOf = (env: Env): string => env["TRACING_STAGE"] ?? env["APP_STAGE"] ?? "local";

/** Where one process serves all operations, as on one's own machine, each still has the name that it has in Lambda. */
export const functionName = (env: Env, operation: string): string =>
  env["AWS_LAMBDA_FUNCTION_NAME"] ?? `${projectOf(env).toLowerCase()}-${stageOf(env)}-${operation}`;

function resourceOf(env: Env): Record<string, string> {
  const lambda = env["AWS_LAMBDA_FUNCTION_NAME"];
  const region = env["AWS_REGION"];
  return {
    "service.name": lambda ?? `${projectOf(env).toLowerCase()}-${stageOf(env)}`,
    ...(env["APP_VERSION"] && { "service.version": env["APP_VERSION"] }),
    ...(lambda !== undefined && { "cloud.provider": "aws", "cloud.platform": "aws_lambda" }),
    ...(lambda !== undefined && env["AWS_LAMBDA_FUNCTION_VERSION"] && { "faas.version": env["AWS_LAMBDA_FUNCTION_VERSION"] }),
    ...(region && { "cloud.region": region }),
  };
}

/** At the end of a process that was not frozen: sends what is still there. */
export async function flushTracing(): Promise<void> {
  await ready?.flushAll();
}
