import { stageOf } from "./provider.ts";
import type { Env } from "./export.ts";

/** Yours go here. cutover.yaml repeats them under monitoring.kpis, and a test holds the two together. */
export const NAMESPACE = "LegoApi";
export const KPIS = ["MocsCreated", "ImagesUploaded", "SearchesPerformed"] as const;
export type Kpi = (typeof KPIS)[number];

/** What one invocation counts. */
export class Tally {
  private readonly counts = new Map<Kpi, number>();

  add(name: Kpi, value: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + value);
  }

  /**
   * Everything in one line, or nothing if nothing was counted. Source: CloudWatch embedded metric format specification.
   */
  line(env: Env, now: number): string | undefined {
    if (this.counts.size === 0) return undefined;
    const metrics = [...this.counts.keys()].map((Name) => ({ Name, Unit: "Count" }));
    const directive = { Namespace: NAMESPACE, Dimensions: [["stage"]], Metrics: metrics };
    return JSON.stringify({
      _aws: { Timestamp: now, CloudWatchMetrics: [directive] },
      stage: stageOf(env),
      ...Object.fromEntries(this.counts),
    });
  }
}

export function write(tally: Tally): void {
  const line = tally.line(process.env, Date.now());
  // Not by console.log: Lambda would write a time and a request id in front, and it would be no metric any more.
  if (line !== undefined) process.stdout.write(`${line}\n`);
}
