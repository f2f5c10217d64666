import { SpanKind, TraceFlags } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Exporter } from "./export.ts";
import { warnOnce } from "./warn.ts";

/** More than anybody reads of one request, and what a loop that went wrong may hold in memory. */
export const MOST_SPANS = 1000;

/**
 * Keeps finished spans by trace until their invocation ends, and sends them together then: a frozen instance sends
 * nothing, and a timer of a batch processor would be frozen with it.
 */
export class InvocationProcessor implements SpanProcessor {
  private readonly exporter: Exporter;
  private readonly finished = new Map<string, ReadableSpan[]>();
  private readonly running = new Map<string, number>();
  private held = 0;

  constructor(exporter: Exporter) {
    this.exporter = exporter;
  }

  onStart(span: ReadableSpan): void {
    if (span.kind !== SpanKind.SERVER) return;
    const { traceId } = span.spanContext();
    this.running.set(traceId, (this.running.get(traceId) ?? 0) + 1);
  }

  onEnd(span: ReadableSpan): void {
    const { traceId, traceFlags } = span.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) === 0) return;
    // An invocation's own span ends last, and is the one that must not be missing.
    if (this.held >= MOST_SPANS && span.kind !== SpanKind.SERVER) {
      warnOnce(`more than ${MOST_SPANS} spans wait to be sent: the rest is left out`);
      return;
    }
    this.held += 1;
    const spans = this.finished.get(traceId);
    if (spans === undefined) this.finished.set(traceId, [span]);
    else spans.push(span);
  }

  /** When an invocation ends: its spans go, and so do those that earlier ones left to end after them. */
  async flush(traceId: string): Promise<void> {
    const others = (this.running.get(traceId) ?? 1) - 1;
    if (others > 0) this.running.set(traceId, others);
    else this.running.delete(traceId);
    await this.send((id) => id === traceId || !this.running.has(id));
  }

  async forceFlush(): Promise<void> {
    await this.send(() => true);
    await this.exporter.settle?.();
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  private async send(which: (traceId: string) => boolean): Promise<void> {
    const ready = [...this.finished].filter(([traceId]) => which(traceId));
    for (const [traceId, spans] of ready) {
      this.finished.delete(traceId);
      this.held -= spans.length;
    }
    const spans = ready.flatMap(([, each]) => each);
    if (spans.length > 0) await this.exporter.send(spans);
  }
}
