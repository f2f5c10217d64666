import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Aws } from "../../../infra/monitoring.ts";

// Stand-ins that write down what they are given: Pulumi's AWS provider, and the toolbox as a program that really runs.

export interface Call {
  readonly words: string[];
  readonly environment: string[];
  readonly inventory: { stage: string; region: string; functions: { name: string }[] };
}

interface Declared {
  readonly name: string;
  readonly args: { readonly name: string; readonly templateBody?: string; readonly templateUrl?: string };
  readonly options: { readonly dependsOn: unknown[]; readonly retainOnDelete: boolean; readonly import?: string };
}

export const TEMPLATE = JSON.stringify({
  Resources: {},
  Outputs: { DashboardUrl: { Value: 1 }, AlertsTopic: { Value: 2 } },
});

/** A program that answers as the toolbox does: with the estimate, with the template, or with what code says. */
export function fakeCutover(folder: string, template = TEMPLATE, code = 0): { cutover: string; calls: () => Call[] } {
  const cutover = path.join(folder, "cutover");
  const log = path.join(folder, "calls");
  const answer = path.join(folder, "answer");
  writeFileSync(answer, template);
  writeFileSync(
    cutover,
    `#!${process.execPath}
const fs = require("node:fs");
const words = process.argv.slice(2);
const inventory = JSON.parse(fs.readFileSync(words[words.indexOf("--inventory") + 1], "utf8"));
const environment = Object.keys(process.env);
fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify({ words, environment, inventory }) + "\\n");
const template = fs.readFileSync(${JSON.stringify(answer)}, "utf8");
process.stderr.write("a note\\n");
process.stdout.write(words.includes("--estimate") ? "$7.50 a month\\n" : template);
process.exitCode = ${code};
`,
  );
  chmodSync(cutover, 0o755);
  const calls = () =>
    existsSync(log)
      ? readFileSync(log, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Call)
      : [];
  return { cutover, calls };
}

interface Stored {
  readonly name: string;
  readonly args: { readonly bucket: string; readonly key: string; readonly content: string };
}

type FakeAws = Aws<unknown, string>;

/** Writes down what is declared with it. */
export function fakeAws(): { aws: FakeAws; stacks: Declared[]; objects: Stored[] } {
  const stacks: Declared[] = [];
  const objects: Stored[] = [];
  class Stack {
    readonly outputs = { DashboardUrl: "out:DashboardUrl", AlertsTopic: "out:AlertsTopic", Other: "out:Other" };
    constructor(name: string, args: Declared["args"], options: Declared["options"]) {
      stacks.push({ name, args, options });
    }
  }
  class BucketObjectv2 {
    readonly id: string;
    constructor(name: string, args: Stored["args"]) {
      this.id = name;
      objects.push({ name, args });
    }
  }
  return { aws: { cloudformation: { Stack }, s3: { BucketObjectv2 } }, stacks, objects };
}
