import { describe, expect, it } from "vitest";
import { type FunctionArgs, type Resource, traceFunction } from "../../../infra/tracing.ts";

const settings = { project: "LEGO-API", stage: "staging", env: {} };
const output = <T>(value: unknown): { apply(f: (value: T) => T): unknown } => ({ apply: (f) => f(value as T) });
const XRAY = { actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] };
const LAYER = "arn:aws:lambda:us-east-1:615299751070:layer:AWSOpenTelemetryDistroJs:9";

function traced(args: FunctionArgs, more: object = {}): { args: FunctionArgs; resource: Resource & { name?: string } } {
  traceFunction(args, { ...settings, ...more }, output);
  const resource: Resource = {};
  const change = args.transform?.function;
  if (typeof change !== "function") throw new Error("nothing changes the function");
  change(resource, {}, "Name");
  return { args, resource };
}

describe("traceFunction", () => {
  it("turns tracing on, with what it takes", () => {
    const { args, resource } = traced({});
    expect(resource).toEqual({ tracingConfig: { mode: "Active" } });
    expect(args).toMatchObject({ environment: { TRACING_PROJECT: "LEGO-API", TRACING_STAGE: "staging" }, permissions: [XRAY] });
    expect(args).not.toHaveProperty("layers");
  });

  it("leaves all else as it was", () => {
    const { args, resource } = traced({
      environment: { A: "1" },
      permissions: ["own"],
      transform: { function: { name: "mine" } as Resource },
    });
    expect(resource).toEqual({ name: "mine", tracingConfig: { mode: "Active" } });
    expect(args).toMatchObject({ environment: { A: "1" }, permissions: ["own", XRAY] });
  });

  it.each([
    ["an object", { tracingConfig: { mode: "PassThrough" } }],
    [
      "a function",
      (resource: Resource) => {
        resource.tracingConfig = { mode: "PassThrough" };
      },
    ],
  ])("is not turned off again by %s", (_kind, change) => {
    expect(traced({ transform: { function: change } }).resource).toEqual({ tracingConfig: { mode: "Active" } });
  });

  it("adds a layer only where one is named, with what starts it", () => {
    const { args } = traced({ layers: ["own"] }, { layer: LAYER });
    expect(args.layers).toEqual(["own", LAYER]);
    expect(args.environment).toMatchObject({ AWS_LAMBDA_EXEC_WRAPPER: "/opt/otel-instrument" });
    expect(traced({}, { layer: LAYER }).args.layers).toEqual([LAYER]);
    expect(traced({}, { layer: "" }).args.environment).not.toHaveProperty("AWS_LAMBDA_EXEC_WRAPPER");
  });

  it.each(["adot", LAYER.replace(/:9$/, "")])("refuses '%s' as a layer", (layer) => {
    expect(() => traced({}, { layer })).toThrow("TRACING_LAYER_ARN must be the ARN of one version of a layer");
  });

  it("hands on how users are named", () => {
    const env = { TRACING_USER_ID: "off", TRACING_SALT: "s", OTHER: "x" };
    expect(traced({}, { env }).args.environment).toEqual({
      TRACING_PROJECT: "LEGO-API",
      TRACING_STAGE: "staging",
      TRACING_USER_ID: "off",
      TRACING_SALT: "s",
    });
  });
});
