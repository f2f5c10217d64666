import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { vi } from "vitest";
import type { Exporter } from "../../../src/tracing/export.ts";
import { replaceTracing } from "../../../src/tracing/provider.ts";
import { beginInstance } from "../../../src/tracing/traced.ts";
import { forgetWarnings } from "../../../src/tracing/warn.ts";

export interface Recorded extends Exporter {
  /** What was sent, batch by batch. */
  readonly batches: ReadableSpan[][];
  spans(): ReadableSpan[];
  /** The one span of this name; anything else fails the test. */
  span(name: string): ReadableSpan;
}

/** A new instance whose spans are kept here. */
export function record(send: () => Promise<void> = () => Promise.resolve()): Recorded {
  const batches: ReadableSpan[][] = [];
  const recorded: Recorded = {
    batches,
    send: (spans) => {
      batches.push([...spans]);
      return send();
    },
    spans: () => batches.flat(),
    span: (name) => {
      const found = batches.flat().filter((span) => span.name === name);
      if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} spans are called ${name}`);
      return found[0];
    },
  };
  forgetWarnings();
  beginInstance();
  replaceTracing(recorded);
  return recorded;
}

/** What goes to stdout, line by line. */
export function stdout(): { lines: () => Record<string, unknown>[] } {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  return { lines: () => write.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>) };
}

/** The same numbers each time, so that what fails once fails again. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A request as API Gateway hands it on. */
export const request = (headers: Record<string, string> = {}): Record<string, unknown> => ({
  httpMethod: "POST",
  resource: "/mocs",
  path: "/mocs",
  headers,
  body: "{}",
});

/** A handler that answers with this status. */
export const answer = (statusCode: number) => (): Promise<{ statusCode: number; body: string }> =>
  Promise.resolve({ statusCode, body: "ok" });

export const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** With Lambda's context, which most handlers leave unused. */
export type Handler = (event: unknown, context: unknown) => Promise<unknown>;

export const redis = { system: "redis", operation: "GET" } as const;
