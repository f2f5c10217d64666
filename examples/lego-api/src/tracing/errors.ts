import { type Span, SpanStatusCode } from "@opentelemetry/api";

/** Each a little longer than people read; a segment of X-Ray has 64 KiB in all. */
const LONGEST_MESSAGE = 1024;
const LONGEST_STACK = 4096;
const MOST_CAUSES = 5;

/** Marks a span as failed, and says why. */
export function recordError(span: Span, error: unknown): void {
  addExceptions(span, error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error).slice(0, LONGEST_MESSAGE) });
}

/**
 * One "exception" event for what was thrown and one for each of its causes, the outermost first. A cause says how deep
 * it lies, so that a reader of the events can chain them again.
 */
export function addExceptions(span: Span, error: unknown): void {
  for (const [depth, each] of causesOf(error).entries()) {
    span.addEvent("exception", { ...described(each), ...(depth > 0 && { "exception.cause.depth": depth }) });
  }
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next !== undefined && !chain.includes(next) && chain.length <= MOST_CAUSES; next = causeOf(next)) {
    chain.push(next);
  }
  return chain;
}

/** Several errors at once, as of a name with several addresses: the first of them tells enough. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return error.cause ?? (error instanceof AggregateError ? (error.errors[0] as unknown) : undefined);
}

function described(error: unknown): Record<string, string> {
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    "exception.type": error instanceof Error ? error.name : typeof error,
    "exception.message": messageOf(error).slice(0, LONGEST_MESSAGE),
    ...(stack !== undefined && { "exception.stacktrace": stack.slice(0, LONGEST_STACK) }),
  };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
