import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { monitoringStack, settingsIn } from "../../../infra/monitoring.ts";
import { fakeAws, fakeCutover, TEMPLATE } from "./fakes.ts";

const REAL = path.resolve(import.meta.dirname, "../../../cutover.yaml");
const stage = {
  config: "/app/cutover.yaml",
  project: "LEGO-API",
  stage: "staging",
  functions: [{ name: "f", memory_mb: 512, timeout_seconds: 10, architecture: "arm64" }],
  logGroups: ["logs of f"],
} as const;
let work: string;
let said: string;

beforeEach(() => {
  said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  work = mkdtempSync(path.join(tmpdir(), "infra-"));
});

afterEach(() => {
  rmSync(work, { recursive: true });
});

function deploy(env: NodeJS.ProcessEnv = {}, template = TEMPLATE, code = 0) {
  const { cutover, calls } = fakeCutover(work, template, code);
  const { aws, stacks, objects } = fakeAws();
  const run = () => monitoringStack(aws, stage, { CUTOVER: cutover, SST_AWS_REGION: "eu-west-1", ...env });
  return { run, calls, stacks, objects };
}

describe("the stack", () => {
  it("has the action's name and cutover's template, and puts out the dashboard and the topic", () => {
    const { run, stacks, objects } = deploy();
    expect(run()).toEqual({ DashboardUrl: "out:DashboardUrl", AlertsTopic: "out:AlertsTopic" });
    expect(stacks).toEqual([
      {
        name: "Monitoring",
        args: { name: "lego-api-staging-monitoring", templateBody: TEMPLATE },
        // Confirmed subscriptions would go with the stack.
        options: { dependsOn: ["logs of f"], retainOnDelete: true },
      },
    ]);
    expect(objects).toEqual([]);
    // What it costs, and what it does not watch, is seen before anything is made.
    expect(said).toBe("a note\n$7.50 a month\n");
  });

  it("is asked for as SST's, with its cost first, and without the environment of a step", () => {
    const { run, calls } = deploy({ GITHUB_ACTIONS: "true" });
    run();
    const [estimate, template, ...more] = calls();
    const words = template?.words ?? [];
    expect(words.slice(0, 2)).toEqual(["monitoring", "template"]);
    expect(words.join(" ")).toContain("--config /app/cutover.yaml --stage staging --inventory ");
    expect(words.slice(-2)).toEqual(["--owner", "sst"]);
    expect(estimate?.words).toEqual([...words, "--estimate"]);
    expect(more).toEqual([]);
    expect(template?.environment).not.toContain("GITHUB_ACTIONS");
    expect(template?.environment).not.toContain("PATH");
    const { functions } = stage;
    expect(template?.inventory).toEqual({ version: 1, stage: "staging", region: "eu-west-1", functions });
  });

  it("leaves no inventory behind", () => {
    const { run, calls } = deploy();
    run();
    const words = calls()[0]?.words ?? [];
    const inventory = words[words.indexOf("--inventory") + 1] ?? "";
    expect(inventory).toMatch(/inventory\.json$/);
    expect(() => readdirSync(path.dirname(inventory))).toThrow("ENOENT");
  });

  it("takes over what the action has made, when it is told to", () => {
    const { run, stacks } = deploy({ MONITORING_ADOPT: "1" });
    run();
    expect(stacks[0]?.options.import).toBe("lego-api-staging-monitoring");
  });
});

describe("a template of more than 51,200 bytes", () => {
  const filler = TEMPLATE.replace("{}", JSON.stringify({ A: "" }));
  // Letters of two bytes: what counts is bytes.
  const of = (bytes: number) => {
    const more = bytes - filler.length;
    return filler.replace('"A":""', `"A":"${"é".repeat(more >> 1)}${"x".repeat(more % 2)}"`);
  };

  it("goes through S3, under a name that changes with it", () => {
    const long = of(51_201);
    const { run, stacks, objects } = deploy({ MONITORING_BUCKET: "releases" }, long);
    run();
    const key = `monitoring/${createHash("sha256").update(long).digest("hex")}.json`;
    expect(objects).toEqual([{ name: "MonitoringTemplate", args: { bucket: "releases", key, content: long } }]);
    expect(stacks[0]?.args).toEqual({
      name: "lego-api-staging-monitoring",
      templateUrl: `https://releases.s3.eu-west-1.amazonaws.com/${key}`,
    });
    expect(stacks[0]?.options.dependsOn).toHaveLength(2);
    // The caller's list is the caller's.
    expect(stage.logGroups).toHaveLength(1);
  });

  it("needs a bucket", () => {
    const { run, stacks } = deploy({}, of(51_201));
    expect(run).toThrow("has 51201 bytes, and CloudFormation takes 51200 directly: set MONITORING_BUCKET");
    expect(stacks).toEqual([]);
  });

  it("begins above 51,200", () => {
    const { run, stacks } = deploy({}, of(51_200));
    run();
    expect(stacks[0]?.args.templateBody).toHaveLength(of(51_200).length);
  });
});

describe("nothing is declared", () => {
  it.each([
    ["cutover refuses", {}, TEMPLATE, 4, "refuses the monitoring stack (exit code 4): a note"],
    ["the toolbox is not named", { CUTOVER: "" }, TEMPLATE, 0, "CUTOVER is not set"],
    ["the toolbox is not there", { CUTOVER: "/absent/cutover" }, TEMPLATE, 0, "/absent/cutover cannot be run"],
    ["no region is known", { SST_AWS_REGION: undefined }, TEMPLATE, 0, "AWS_REGION is not set"],
    ["what comes is no template", {}, "{", 0, "JSON"],
    ["what comes lacks an output", {}, '{"Outputs":{"AlertsTopic":{}}}', 0, "lacks the output DashboardUrl"],
  ])("when %s", (_, env, template, code, says) => {
    const { run, stacks } = deploy(env, template, code);
    expect(run).toThrow(says);
    expect(stacks).toEqual([]);
  });
});

describe("cutover.yaml", () => {
  it("of the example names its project, and the action as owner", () => {
    expect(settingsIn(readFileSync(REAL, "utf8"))).toEqual({ project: "LEGO-API", owner: "action" });
  });

  it.each([
    ["project: a\nmonitoring:\n  owner: sst # the app\n", { project: "a", owner: "sst" }],
    ['project: "a"\nmonitoring: { runbook_base: x, owner: "sst" }\n', { project: "a", owner: "sst" }],
    ["project: a\nmonitoring:\n  # owner: sst\n  runbook_base: x\n", { project: "a", owner: "action" }],
    ["# project: b\nproject: a\n", { project: "a", owner: "action" }],
  ])("is read from %j", (yaml, settings) => {
    expect(settingsIn(yaml)).toEqual(settings);
  });

  it("without a project is refused", () => {
    expect(() => settingsIn("region: us-east-1\n")).toThrow("project is missing");
  });
});
