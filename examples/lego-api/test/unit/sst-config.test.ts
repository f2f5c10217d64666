import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { API, EVENTS } from "../../src/api.ts";
import { fakeAws, fakeCutover } from "./infra/fakes.ts";
import { type Declared, type FunctionArgs, nothing, standIns } from "./infra/sst.ts";

// SST's own types exist only after "sst install", and deploying needs an account. What can be held to here is what the
// configuration declares: it runs against stand-ins that only write down what they are given.

interface Config {
  readonly app: (input: { stage: string }) => Record<string, unknown>;
  readonly run: () => Promise<Record<string, unknown>>;
}

const NAMES = [...API.map((entry) => entry.handler), "fallback", ...EVENTS.map((entry) => entry.handler)];
const root = path.resolve(import.meta.dirname, "../..");
let work: string;
let declared: Declared;

beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), "lego-api-"));
  vi.spyOn(process, "cwd").mockReturnValue(work);
  copyFileSync(path.join(root, "cutover.yaml"), path.join(work, "cutover.yaml"));
  declared = nothing();
});

afterEach(() => {
  rmSync(work, { recursive: true });
});

function build(names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(path.join(work, "dist/functions", name), { recursive: true });
    writeFileSync(path.join(work, "dist/functions", name, "index.mjs"), "");
  }
}

async function load(stage = "production", dev = false, extra: () => void = () => undefined): Promise<Config> {
  const { sst, aws, $transform } = standIns(declared, extra);
  vi.stubGlobal("$config", (config: Config) => config);
  vi.stubGlobal("$app", { name: "lego-api", stage });
  vi.stubGlobal("$dev", dev);
  vi.stubGlobal("sst", sst);
  // What a test has put there itself stays.
  vi.stubGlobal("aws", { ...(globalThis as { aws?: object }).aws, ...(aws as object) });
  vi.stubGlobal("$transform", $transform);
  vi.stubGlobal("$output", (value: unknown) => ({ apply: (f: (v: unknown) => unknown) => f(value) }));
  vi.resetModules();
  const file: string = path.join(root, "sst.config.ts");
  return ((await import(file)) as { default: Config }).default;
}

describe("the app", () => {
  it("keeps production from being removed, and only production", async () => {
    const { app } = await load();
    expect(app({ stage: "production" })).toMatchObject({ name: "lego-api", protect: true, removal: "retain" });
    expect(app({ stage: "staging" })).toMatchObject({ name: "lego-api", protect: false, removal: "remove" });
  });

  it("tags everything with its project and stage", async () => {
    expect((await load()).app({ stage: "staging" })["providers"]).toMatchObject({
      aws: { defaultTags: { tags: { Project: "LEGO-API", Environment: "staging" } } },
    });
  });

  it("pins the provider, whose newest version would be taken otherwise", async () => {
    expect((await load()).app({ stage: "x" })["providers"]).toMatchObject({
      aws: { version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string },
    });
  });

  it("asks for the very version of SST that is installed", async () => {
    const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
      devDependencies: Record<string, string>;
    };
    expect((await load()).app({ stage: "x" })["version"]).toBe(manifest.devDependencies["sst"]);
  });
});

describe("the resources", () => {
  it("have a route and a function for each entry of the API, and the fallback on every path", async () => {
    build(NAMES);
    await (await load()).run();
    const own = [...declared.routes].filter(([route]) => !route.startsWith("ANY "));
    expect(own.map(([route, args]) => [route, (args as FunctionArgs).name])).toEqual(
      API.map((entry) => [`${entry.method} ${entry.resource}`, `lego-api-production-${entry.handler}`]),
    );
    const caught = [...declared.routes].filter(([route]) => route.startsWith("ANY "));
    const paths = new Set(["/", "/{proxy+}", ...API.map((entry) => entry.resource)]);
    expect(new Set(caught.map(([route]) => route))).toEqual(new Set([...paths].map((p) => `ANY ${p}`)));
    expect(caught.every(([, arn]) => arn === "arn:lego-api-production-fallback")).toBe(true);
    expect(declared.api).toMatchObject({ deployed: true, args: { endpoint: { type: "regional" } } });
  });

  it("run on arm64, ship what was built and know which build they are", async () => {
    vi.stubEnv("APP_VERSION", "1.2.3");
    vi.stubEnv("APP_COMMIT", "abc");
    build(NAMES);
    await (await load("staging")).run();
    expect(declared.functions).toHaveLength(NAMES.length);
    for (const fn of declared.functions) {
      const name = fn.name.replace("lego-api-staging-", "");
      expect(fn).toMatchObject({ architecture: "arm64", handler: "index.handler" });
      expect(fn.bundle).toBe(path.join(work, "dist/functions", name));
      expect(fn.environment).toMatchObject({ APP_VERSION: "1.2.3", APP_COMMIT: "abc", APP_STAGE: "staging" });
    }
  });

  it("link the bucket to the functions that need it, and tell one of them what arrives there", async () => {
    build(NAMES);
    await (await load()).run();
    const linked = declared.functions.filter((fn) => fn.link !== undefined || "IMAGES_BUCKET" in fn.environment);
    expect(linked.map((fn) => fn.name)).toEqual(
      ["request-image-upload", "list-images", "image-uploaded"].map((name) => `lego-api-production-${name}`),
    );
    for (const fn of linked) {
      expect(fn).toMatchObject({ link: [{ name: "images-bucket" }], environment: { IMAGES_BUCKET: "images-bucket" } });
    }
    expect(declared.notifications).toEqual([
      {
        notifications: [
          { name: "Uploaded", function: "arn:lego-api-production-image-uploaded", events: EVENTS.map(({ event }) => event) },
        ],
      },
    ]);
  });

  it("carry the boundary in every role, where there is one", async () => {
    build(NAMES);
    await (await load()).run();
    expect(declared.roles).toHaveLength(NAMES.length);
    expect(declared.roles.every((role) => role.permissionsBoundary === undefined)).toBe(true);
    declared = nothing();
    vi.stubEnv("APP_BOUNDARY", "arn:aws:iam::123456789012:policy/lego-api-production");
    await (await load()).run();
    expect(new Set(declared.roles.map((role) => role.permissionsBoundary))).toEqual(
      new Set(["arn:aws:iam::123456789012:policy/lego-api-production"]),
    );
  });

  it("refuse to deploy what was not built", async () => {
    build(NAMES.filter((name) => name !== "list-mocs"));
    await expect((await load()).run()).rejects.toThrow('dist/functions/list-mocs is missing: run "pnpm build"');
  });

  it("follow the sources in sst dev", async () => {
    await (await load("dev", true)).run();
    expect(declared.functions.map((fn) => fn.handler)).toContain("src/handlers/list-mocs.handler");
    expect(declared.functions.every((fn) => fn.bundle === undefined)).toBe(true);
  });

  it("put out the address and the names of all functions", async () => {
    build(NAMES);
    const outputs = await (await load()).run();
    expect(outputs).toEqual({
      url: "https://api.test/production/",
      images: "images-bucket",
      functions: NAMES.map((name) => `lego-api-production-${name}`),
    });
  });
});

describe("what watches the stage", () => {
  const owned = (owner: string) => {
    const yaml = readFileSync(path.join(root, "cutover.yaml"), "utf8");
    writeFileSync(path.join(work, "cutover.yaml"), yaml.replace("owner: action", `owner: ${owner}`));
    build(NAMES);
  };

  it("is the action's here, so that nothing of it is declared", async () => {
    vi.stubGlobal("aws", undefined);
    build(NAMES);
    expect(await (await load()).run()).not.toHaveProperty("DashboardUrl");
  });

  it("is deployed with the app where that is its owner: every function, after its log group", async () => {
    const { cutover, calls } = fakeCutover(work);
    vi.stubEnv("CUTOVER", cutover);
    vi.stubEnv("AWS_REGION", "us-east-1");
    const { aws, stacks } = fakeAws();
    // What a test has put there itself stays.
  vi.stubGlobal("aws", { ...(globalThis as { aws?: object }).aws, ...(aws as object) });
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    owned("sst");
    expect(await (await load()).run()).toMatchObject({
      DashboardUrl: "out:DashboardUrl",
      AlertsTopic: "out:AlertsTopic",
      url: "https://api.test/production/",
    });
    const names = NAMES.map((name) => `lego-api-production-${name}`).sort();
    const [stack] = stacks;
    expect(stack?.args.name).toBe("lego-api-production-monitoring");
    expect([...(stack?.options.dependsOn ?? [])].sort()).toEqual(names.map((name) => `logs of ${name}`));
    const [call] = calls();
    expect(call?.inventory.functions.map((fn) => fn.name).sort()).toEqual(names);
    expect(call?.inventory).toMatchObject({ version: 1, stage: "production", region: "us-east-1" });
    expect(call?.inventory.functions[0]).toMatchObject({ architecture: "arm64", memory_mb: 512, timeout_seconds: 10 });
    expect(declared.functions[0]).toMatchObject({ architecture: "arm64", memory: "512 MB", timeout: "10 seconds" });
  });

  it("is nobody's in sst dev, which ships no alarm", async () => {
    vi.stubGlobal("aws", undefined);
    owned("sst");
    expect(await (await load("dev", true)).run()).not.toHaveProperty("DashboardUrl");
  });
});

describe("a domain", () => {
  it("leaves the DNS alone and puts out where a record has to point", async () => {
    vi.stubEnv("API_DOMAIN", "api.example.com");
    vi.stubEnv("API_CERT_ARN", "arn:cert");
    build(NAMES);
    const outputs = await (await load()).run();
    expect(declared.api?.args["domain"]).toEqual({ name: "api.example.com", dns: false, cert: "arn:cert" });
    expect(outputs).toMatchObject({ domainTarget: "d-1.execute-api", domainTargetZone: "Z1" });
  });

  it.each([
    ["API_DOMAIN", "api.example.com"],
    ["API_CERT_ARN", "arn:cert"],
  ])("is refused when only %s is set", async (name, value) => {
    vi.stubEnv(name, value);
    build(NAMES);
    await expect((await load()).run()).rejects.toThrow("set both of API_DOMAIN and API_CERT_ARN, or neither");
  });
});

// Shows: 5.3.1
describe("tracing", () => {
  const untraced = (): string[] =>
    declared.functions
      .filter(({ name, permissions, environment }) => {
        const active = declared.lambdas.get(name)?.tracingConfig?.mode === "Active";
        const allowed = JSON.stringify(permissions ?? []).includes("xray:PutTraceSegments");
        return !active || !allowed || environment["TRACING_PROJECT"] !== "LEGO-API";
      })
      .map(({ name }) => name);

  it("is on for the gateway's stage and for every function, however it is made", async () => {
    build(NAMES);
    // As a component does it that makes a function by itself.
    const extra = (): void => {
      const { Function } = (globalThis as unknown as { sst: { aws: { Function: new (n: string, a: unknown) => unknown } } }).sst.aws;
      new Function("Extra", { name: "extra", handler: "x", architecture: "arm64", environment: {} });
    };
    await (await load("staging", false, extra)).run();
    expect(declared.functions.map(({ name }) => name)).toContain("extra");
    expect(declared.functions).toHaveLength(NAMES.length + 1);
    expect(untraced()).toEqual([]);
    expect(declared.api?.args).toMatchObject({ transform: { stage: { xrayTracingEnabled: true } } });
  });

  it("would be missed: a function that the transform does not reach is seen here", async () => {
    build(NAMES);
    const config = await load();
    vi.stubGlobal("$transform", () => undefined);
    await config.run();
    expect(untraced()).toHaveLength(NAMES.length);
  });

  it("brings a layer only where one is named", async () => {
    build(NAMES);
    await (await load()).run();
    expect(declared.functions.every((fn) => fn.layers === undefined)).toBe(true);
    const layer = "arn:aws:lambda:us-east-1:615299751070:layer:AWSOpenTelemetryDistroJs:9";
    vi.stubEnv("TRACING_LAYER_ARN", layer);
    declared = nothing();
    await (await load()).run();
    expect(declared.functions.map((fn) => fn.layers)).toEqual(NAMES.map(() => [layer]));
  });
});
