import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

// Deploys what watches a stage from within SST: the template of "cutover monitoring template", as the very stack that
// the action monitoring-stack deploys where cutover.yaml says "owner: action". docs/monitoring-in-sst.md tells more.

/** What is used of Pulumi's AWS provider, the global "aws" of SST. Its types exist only after "sst install". */
export interface Aws<Resource, Output> {
  readonly cloudformation: {
    readonly Stack: new (
      name: string,
      args: StackArgs,
      options: StackOptions<Resource>,
    ) => { readonly outputs: Readonly<Record<string, Output>> };
  };
  readonly s3: {
    readonly BucketObjectv2: new (name: string, args: { bucket: string; key: string; content: string }) => Resource;
  };
}

interface StackArgs {
  name: string;
  templateBody?: string;
  templateUrl?: string;
}

interface StackOptions<Resource> {
  dependsOn: Resource[];
  retainOnDelete: boolean;
  import?: string;
}

/** What belongs among the app's outputs. */
interface Outputs<Output> {
  readonly DashboardUrl: Output | undefined;
  readonly AlertsTopic: Output | undefined;
}

/** A function as inventory.json has it. */
export interface Watched {
  readonly name: string;
  readonly memory_mb: number;
  readonly timeout_seconds: number;
  readonly architecture: "arm64" | "x86_64";
}

export interface Stage {
  /** cutover.yaml */
  readonly config: string;
  readonly project: string;
  readonly stage: string;
  readonly functions: readonly Watched[];
  /** The functions' log groups: CloudFormation refuses a metric filter on one that is not there yet. */
  readonly logGroups: readonly unknown[];
}

/** CloudFormation takes no longer template directly; source: its quotas. */
const MOST_INLINE = 51_200;

/** What sst.config.ts must know of cutover.yaml. Only cutover reads all of it, and refuses where this misreads it. */
export function settingsIn(yaml: string): { project: string; owner: string } {
  const project = /^project: *["']?([A-Za-z0-9-]+)/m.exec(yaml)?.[1];
  if (!project) throw new Error("cutover.yaml: project is missing");
  return { project, owner: /^[^#\n]*\bowner: *["']?([a-z]+)/m.exec(yaml)?.[1] ?? "action" };
}

/** Declares the stack, and returns what belongs among the app's outputs. Nothing is declared unless all is known. */
export function monitoringStack<Resource, Output>(
  aws: Aws<Resource, Output>,
  of: Stage,
  env: NodeJS.ProcessEnv,
): Outputs<Output> {
  const region = env["SST_AWS_REGION"] ?? env["AWS_REGION"];
  if (!region) throw new Error("AWS_REGION is not set, and neither has SST set SST_AWS_REGION");
  const template = templateOf(of, region, env["CUTOVER"]);
  const name = `${of.project.toLowerCase()}-${of.stage}-monitoring`;
  const options: StackOptions<Resource> = {
    dependsOn: [...of.logGroups] as Resource[],
    // Confirmed e-mail subscriptions go with the stack. So SST lets go of it, and whoever wants it gone deletes it.
    retainOnDelete: true,
    // For one deployment: a stack that the action has made is taken over instead of made a second time.
    ...(env["MONITORING_ADOPT"] ? { import: name } : {}),
  };
  const body = place(aws, template, region, env["MONITORING_BUCKET"], options);
  const { outputs } = new aws.cloudformation.Stack("Monitoring", { name, ...body }, options);
  return { DashboardUrl: outputs["DashboardUrl"], AlertsTopic: outputs["AlertsTopic"] };
}

/** A long template goes through S3, under a name of its own, so that the stack sees when it changes. */
function place<Resource>(
  aws: Aws<Resource, unknown>,
  template: string,
  region: string,
  bucket: string | undefined,
  options: StackOptions<Resource>,
) {
  const bytes = Buffer.byteLength(template);
  if (bytes <= MOST_INLINE) return { templateBody: template };
  if (!bucket) {
    throw new Error(
      `The monitoring template has ${bytes} bytes, and CloudFormation takes ${MOST_INLINE} directly: ` +
        "set MONITORING_BUCKET to a bucket that it can go through",
    );
  }
  const key = `monitoring/${createHash("sha256").update(template).digest("hex")}.json`;
  options.dependsOn.push(new aws.s3.BucketObjectv2("MonitoringTemplate", { bucket, key, content: template }));
  return { templateUrl: `https://${bucket}.s3.${region}.amazonaws.com/${key}` };
}

/** Shows what the stack costs, which cutover refuses above the limit in cutover.yaml, and returns the template. */
function templateOf(of: Stage, region: string, cutover: string | undefined): string {
  if (!cutover) {
    throw new Error("CUTOVER is not set: build cmd/cutover, and set it to the path of the binary");
  }
  const folder = mkdtempSync(path.join(tmpdir(), "monitoring-"));
  try {
    const inventory = path.join(folder, "inventory.json");
    writeFileSync(inventory, JSON.stringify({ version: 1, stage: of.stage, region, functions: of.functions }));
    const about = ["--config", of.config, "--stage", of.stage, "--inventory", inventory];
    const words = ["monitoring", "template", ...about, "--owner", "sst"];
    const estimate = call(cutover, [...words, "--estimate"]).stdout;
    const { stdout: template, stderr: notes } = call(cutover, words);
    process.stderr.write(notes + estimate);
    const { Outputs: outputs } = JSON.parse(template) as { Outputs?: Record<string, unknown> };
    if (!outputs?.["DashboardUrl"] || !outputs["AlertsTopic"]) {
      throw new Error(
        "The monitoring template lacks the output DashboardUrl or AlertsTopic: CUTOVER and this file do not match",
      );
    }
    return template;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function call(cutover: string, words: readonly string[]): { stdout: string; stderr: string } {
  // Without an environment: it needs none, and must not take itself for a step of GitHub's.
  const { error, status, stdout, stderr } = spawnSync(cutover, words, {
    env: {},
    encoding: "utf8",
    timeout: 60_000,
    maxBuffer: 16 << 20,
  });
  if (error) throw new Error(`${cutover} cannot be run: ${error.message}`, { cause: error });
  if (status !== 0) {
    throw new Error(`cutover refuses the monitoring stack (exit code ${status ?? "none"}): ${stderr.trim()}`);
  }
  return { stdout, stderr };
}
