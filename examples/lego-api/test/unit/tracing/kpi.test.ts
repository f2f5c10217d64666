import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { kpi, traced } from "../../../src/tracing/index.ts";
import { KPIS, NAMESPACE } from "../../../src/tracing/kpi.ts";
import { replaceTracing } from "../../../src/tracing/provider.ts";
import { record, stdout } from "./recorded.ts";

beforeEach(() => {
  record();
  vi.stubEnv("TRACING_STAGE", "staging");
});

afterEach(() => {
  replaceTracing();
});

describe("kpi", () => {
  it("makes one line of embedded metric format of all that an invocation counts", async () => {
    const out = stdout();
    const before = Date.now();
    await traced("op", () => {
      kpi("MocsCreated");
      kpi("SearchesPerformed", 2);
      kpi("MocsCreated");
      return Promise.resolve();
    })({});
    const [line, ...rest] = out.lines();
    expect(rest).toEqual([]);
    expect(line).toEqual({
      _aws: {
        Timestamp: expect.any(Number) as number,
        CloudWatchMetrics: [
          {
            Namespace: "LegoApi",
            Dimensions: [["stage"]],
            Metrics: [
              { Name: "MocsCreated", Unit: "Count" },
              { Name: "SearchesPerformed", Unit: "Count" },
            ],
          },
        ],
      },
      stage: "staging",
      MocsCreated: 2,
      SearchesPerformed: 2,
    });
    expect((line?.["_aws"] as { Timestamp: number }).Timestamp).toBeGreaterThanOrEqual(before);
  });

  it("counts for each of many invocations at once what is its own, and what a failed one did", async () => {
    const out = stdout();
    const handler = traced("op", async (times: number) => {
      for (let n = 0; n < times; n++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        kpi("ImagesUploaded");
      }
      if (times === 3) throw new Error("afterwards");
    });
    await Promise.allSettled([1, 2, 3, 0].map((times) => handler(times)));
    expect(out.lines().map((line) => line["ImagesUploaded"])).toEqual([1, 2, 3]);
  });

  it("counts also where nothing is traced, and outside of an invocation", async () => {
    const out = stdout();
    replaceTracing();
    await traced("op", () => {
      kpi("MocsCreated");
      return Promise.resolve();
    })({});
    kpi("MocsCreated", 5);
    expect(out.lines().map((line) => line["MocsCreated"])).toEqual([1, 5]);
  });

  it("is what cutover.yaml says that the dashboard shows", () => {
    const yaml = readFileSync(path.resolve(import.meta.dirname, "../../../cutover.yaml"), "utf8");
    const declared = [...yaml.matchAll(/namespace: (\w+), metric: (\w+), dimensions: \{ (.*?) \}/g)];
    expect(declared.map(([, namespace, metric, dimensions]) => [namespace, metric, dimensions])).toEqual(
      KPIS.map((name) => [NAMESPACE, name, 'stage: "{stage}"']),
    );
  });
});
