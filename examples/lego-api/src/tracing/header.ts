import { isValidSpanId, isValidTraceId } from "@opentelemetry/api";

/** What X-Amzn-Trace-Id says, with the ids in OpenTelemetry's form. */
export interface Origin {
  readonly traceId: string;
  /** The span that called. Without one, this invocation is the first of its trace. */
  readonly parentId?: string;
  /** Left to whoever reads it where the caller has not decided. */
  readonly sampled?: boolean;
}

const ROOT = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/i;

/** Undefined for what is no header of X-Ray's: a new trace is better than one that joins strangers. */
export function parseTraceHeader(text: string | undefined): Origin | undefined {
  if (text === undefined) return undefined;
  const fields = new Map(
    text.split(";").map((field): [string, string] => {
      const at = field.indexOf("=");
      return [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()];
    }),
  );
  const [, seconds, rest] = ROOT.exec(fields.get("root") ?? "") ?? [];
  if (seconds === undefined || rest === undefined) return undefined;
  const traceId = (seconds + rest).toLowerCase();
  if (!isValidTraceId(traceId)) return undefined;
  const parentId = (fields.get("parent") ?? "").toLowerCase();
  const sampled = fields.get("sampled");
  return {
    traceId,
    ...(isValidSpanId(parentId) && { parentId }),
    ...((sampled === "0" || sampled === "1") && { sampled: sampled === "1" }),
  };
}

export function formatTraceHeader({ traceId, parentId, sampled }: Origin): string {
  const root = `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
  const parent = parentId === undefined ? "" : `;Parent=${parentId}`;
  return `${root}${parent}${sampled === undefined ? "" : `;Sampled=${sampled ? "1" : "0"}`}`;
}

/** X-Ray's ids begin with the second in which the trace began: it refuses those of long ago. */
export function newTraceId(random: (hexDigits: number) => string, now = Date.now()): string {
  return Math.floor(now / 1000).toString(16).padStart(8, "0") + random(24);
}
