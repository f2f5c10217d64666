import { AsyncLocalStorage } from "node:async_hooks";
import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { addExceptions, recordError } from "./errors.ts";
import { answerOf, type Facts, factsOf, userIdOf, type Values } from "./event.ts";
import { type Origin, parseTraceHeader } from "./header.ts";
import { type Kpi, Tally, write } from "./kpi.ts";
import { functionName, projectOf, stageOf, type Tracing, tracing } from "./provider.ts";
import { warnOnce } from "./warn.ts";

interface Invocation {
  readonly tally: Tally;
  readonly span?: Span;
}

const current = new AsyncLocalStorage<Invocation>();
const RUN = /^[a-z0-9-]{8,64}$/;
/** Enough to send a trace by UDP. */
const BEFORE_LIMIT_MS = 100;
/** What X-Ray makes annotations of, which one can search by. Everything else becomes metadata. */
const ANNOTATIONS = ["userId", "operation", "status", "project", "stage", "coldStart", "run"];

/** Says that a figure of the business went up. Those of one invocation become one line when it ends. */
export function kpi(name: Kpi, value = 1): void {
  const invocation = current.getStore();
  const tally = invocation?.tally ?? new Tally();
  tally.add(name, value);
  if (invocation === undefined) write(tally);
}

/** For an error that was caught and answered with a 500: without it, the trace would not tell why. */
export function failed(error: unknown): void {
  const span = current.getStore()?.span;
  if (span !== undefined) addExceptions(span, error);
}

// How long this instance took until its first handler was there, and whether a user waited for that: what is
// provisioned beforehand is a cold start that nobody saw.
const instance = (): { readonly initMs: number; readonly waited: boolean } => ({
  initMs: process.uptime() * 1000,
  waited: process.env["AWS_LAMBDA_INITIALIZATION_TYPE"] !== "provisioned-concurrency",
});
let start = instance();
let first = true;

/** For tests, where many instances live in one process. */
export function beginInstance(): void {
  start = instance();
  first = true;
}

/**
 * A Lambda handler with a span around each of its invocations. The span is sent before the invocation ends, because a
 * frozen instance sends nothing. Nothing that goes wrong in here reaches whoever called.
 */
export function traced<Event, Rest extends unknown[], Result>(
  operation: string,
  handler: (event: Event, ...rest: Rest) => Promise<Result>,
): (event: Event, ...rest: Rest) => Promise<Result> {
  return async (event, ...rest) => {
    const cold = first;
    first = false;
    const tally = new Tally();
    const system = tracing();
    const opened = system && attempt(() => open(system, operation, event, rest[0], cold));
    try {
      if (system === undefined || opened === undefined) {
        return await current.run({ tally }, () => handler(event, ...rest));
      }
      const limit = attempt(() => watchLimit(opened.span, system, rest[0]));
      try {
        return await within(opened, system, () => current.run({ tally, span: opened.span }, () => handler(event, ...rest)));
      } finally {
        clearTimeout(limit);
      }
    } finally {
      attempt(() => {
        write(tally);
      });
    }
  };
}

interface Opened {
  readonly span: Span;
  readonly facts: Facts;
}

function open(system: Tracing, operation: string, event: unknown, lambda: unknown, cold: boolean): Opened {
  const facts = factsOf(event);
  const origin = parseTraceHeader(process.env["_X_AMZN_TRACE_ID"]) ?? parseTraceHeader(facts.header("x-amzn-trace-id"));
  const attributes = { ...ownValues(operation, facts, lambda, cold), ...facts.attributes };
  const annotations = ANNOTATIONS.filter((name) => name === "status" || name in attributes);
  const options = {
    kind: SpanKind.SERVER,
    attributes: { ...attributes, "aws.xray.annotations": annotations },
  };
  const parent = parentOf(system, origin);
  // Taken by the very next span that has no parent, and that is this one.
  if (parent === ROOT_CONTEXT && origin !== undefined) system.nextTraceId(origin.traceId);
  return { span: system.tracer.startSpan(operation, options, parent), facts };
}

function parentOf({ own }: Tracing, origin: Origin | undefined): typeof ROOT_CONTEXT {
  // A layer has opened a span for this invocation already.
  if (!own && trace.getActiveSpan() !== undefined) return context.active();
  const parentId = origin?.parentId ?? (origin?.sampled === false ? "0".repeat(15) + "1" : undefined);
  if (origin === undefined || parentId === undefined) return ROOT_CONTEXT;
  const traceFlags = origin.sampled === false ? TraceFlags.NONE : TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId: origin.traceId, spanId: parentId, traceFlags, isRemote: true });
}

function ownValues(operation: string, facts: Facts, lambda: unknown, cold: boolean): Values {
  const { env } = process;
  const userId = userIdOf(facts.subject, env);
  const run = facts.header("x-cutover-run");
  const arn = (lambda as { invokedFunctionArn?: unknown } | undefined)?.invokedFunctionArn;
  const waited = cold && start.waited;
  return {
    operation,
    project: projectOf(env),
    stage: stageOf(env),
    coldStart: waited,
    "faas.coldstart": waited,
    "faas.name": functionName(env, operation),
    ...(waited && { "faas.init_duration_ms": Math.round(start.initMs) }),
    ...(userId !== undefined && { userId }),
    ...(run !== undefined && RUN.test(run) && { run }),
    ...(typeof arn === "string" && { "cloud.resource_id": arn }),
  };
}

/** Lambda ends an invocation that takes too long without a word. A little before, its trace is sent as it is. */
function watchLimit(span: Span, system: Tracing, lambda: unknown): NodeJS.Timeout | undefined {
  const left = (lambda as { getRemainingTimeInMillis?: () => number } | undefined)?.getRemainingTimeInMillis?.();
  if (left === undefined) return undefined;
  const timer = setTimeout(() => {
    recordError(span, new Error("the invocation runs into its time limit"));
    span.setAttribute("status", 504).end();
    system.flush(span.spanContext().traceId).catch(trouble);
  }, Math.max(0, left - BEFORE_LIMIT_MS));
  return timer.unref();
}

async function within<Result>({ span, facts }: Opened, system: Tracing, work: () => Promise<Result>): Promise<Result> {
  const active = trace.setSpan(context.active(), span);
  try {
    const result = await context.with(active, work);
    attempt(() => {
      const { status, attributes } = answerOf(result, facts.http);
      span.setAttributes({ ...attributes, status });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: `answered with ${status}` });
    });
    return result;
  } catch (error) {
    attempt(() => {
      recordError(span, error);
      // What API Gateway makes of it. Whatever else calls a function sees that it failed.
      span.setAttributes(facts.http ? { status: 502, "http.response.status_code": 502 } : { status: 500 });
    });
    throw error;
  } finally {
    attempt(() => {
      span.end();
    });
    await system.flush(span.spanContext().traceId).catch(trouble);
  }
}

/** A trace is worth less than the answer that it tells of. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    trouble(error);
    return undefined;
  }
}

function trouble(error: unknown): void {
  warnOnce("an invocation could not be traced", error);
}
