#!/usr/bin/env node
// Stands in for Pulumi below the real sst: it writes a state and an event log,
// as pulumi does (sdk/go/common/apitype), and ends as APP_PULUMI says.
import fs from "node:fs";
import path from "node:path";

const args = process.argv.slice(2);
const mode = process.env.APP_PULUMI ?? "ok";
const urn = (type, name) => `urn:pulumi:production::lego-api::${type}::${name}`;
const stateFile = path.join(process.cwd(), ".pulumi/stacks/lego-api/production.json");
const save = (resources) => {
  fs.mkdirSync(path.dirname(stateFile), { recursive: true });
  const manifest = { time: "2026-01-01T00:00:00Z", magic: "", version: "v3.100.0" };
  const latest = { manifest, resources, metadata: {} };
  fs.writeFileSync(stateFile, JSON.stringify({ version: 3, checkpoint: { stack: "organization/lego-api/production", latest } }));
};
if (args[0] === "version") process.exit(0);
if (args[0] === "stack") {
  save([]);
  process.exit(0);
}

const log = args[args.indexOf("--event-log") + 1];
const preview = args[0] === "preview";
let sequence = 0;
const event = (kind, body) =>
  fs.appendFileSync(log, JSON.stringify({ sequence: sequence++, timestamp: Math.floor(Date.now() / 1000), [kind]: body }) + "\n");
const type = "aws:s3/bucket:Bucket";
const metadata = (name) => {
  const resource = { type, urn: urn(type, name), id: "x", parent: "", inputs: {}, outputs: {}, provider: "" };
  return { op: "create", urn: urn(type, name), type, old: null, new: resource, detailedDiff: null, provider: "" };
};
const diagnose = (message, of) => event("diagnosticEvent", { urn: of, message, color: "raw", severity: "error" });
const summary = () =>
  event("summaryEvent", { maybeCorrupt: false, durationSeconds: 1, resourceChanges: { create: 1 }, PolicyPacks: {}, isPreview: preview });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

event("resourcePreEvent", { metadata: metadata("One") });
await sleep(300);
if (mode === "none") {
  process.kill(process.pid, "SIGKILL");
  await sleep(10_000);
}
event("resOutputsEvent", { metadata: metadata("One"), planning: preview });
if (!preview) save([{ urn: urn("pulumi:pulumi:Stack", "lego-api-production"), custom: false, type: "pulumi:pulumi:Stack", outputs: { url: "https://x.example.com" } }]);
if (mode === "killed") {
  process.kill(process.pid, "SIGKILL");
  await sleep(10_000);
}
if (mode === "fail") {
  event("resourcePreEvent", { metadata: metadata("Two") });
  diagnose("creating Two: AccessDenied", urn(type, "Two"));
  event("resOpFailedEvent", { metadata: metadata("Two"), status: 0, steps: 0 });
  diagnose("update failed");
  summary();
  process.exit(255);
}
if (mode === "hang") {
  process.on("SIGINT", () => {
    diagnose("update cancelled");
    event("cancelEvent", {});
    process.exit(255);
  });
  await sleep(60_000);
}
summary();
