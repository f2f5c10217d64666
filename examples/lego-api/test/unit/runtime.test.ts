import { describe, expect, it, vi } from "vitest";
import { API } from "../../src/api.ts";
import type { Handler } from "../../src/http.ts";
import { jsonLogger } from "../../src/log.ts";
import { buildInfo, createBaseDeps, lambda } from "../../src/runtime.ts";
import { createDeps } from "../../src/runtime-images.ts";
import { event, jsonEvent, validMoc } from "./support.ts";

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("buildInfo", () => {
  it("reads the build from the environment, and owns up to not knowing", () => {
    const env = { APP_VERSION: "2.0.0", APP_COMMIT: "deadbeef", APP_STAGE: "staging" };
    expect(buildInfo(env)).toEqual({ version: "2.0.0", commit: "deadbeef", stage: "staging" });
    expect(buildInfo({})).toEqual({ version: "unknown", commit: "unknown", stage: "local" });
  });
});

describe("createBaseDeps", () => {
  it("makes random ids and reads the real clock", () => {
    const { newId, clock } = createBaseDeps({});
    const ids = Array.from({ length: 50 }, newId);
    expect(new Set(ids).size).toBe(50);
    expect(ids.every((id) => UUID_V4.test(id))).toBe(true);
    expect(Math.abs(clock().getTime() - Date.now())).toBeLessThan(1000);
  });

  it("warns in Lambda, and only there, that its memory is not shared", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    createBaseDeps({});
    expect(write).not.toHaveBeenCalled();
    createBaseDeps({ AWS_LAMBDA_FUNCTION_NAME: "f" });
    expect(write).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("MOCs are kept in memory"));
  });
});

describe("createDeps", () => {
  it("adds the images, and cannot do without their bucket", () => {
    expect(createDeps({ IMAGES_BUCKET: "b" }).images).toHaveProperty("presignUpload");
    expect(() => createDeps({})).toThrow("IMAGES_BUCKET");
  });
});

describe("lambda", () => {
  it("sets up once, at the first request, from the environment of then", async () => {
    const answer: Handler = () => Promise.resolve({ statusCode: 200, body: "" });
    const create = vi.fn<(deps: string) => Handler>(() => answer);
    const handler = lambda(create, (env) => env["COLOUR"] ?? "none");
    expect(create).not.toHaveBeenCalled();
    vi.stubEnv("COLOUR", "red");
    await handler(event());
    await handler(event());
    expect(create).toHaveBeenCalledExactlyOnceWith("red");
  });

  it("tries again if setting up failed", async () => {
    let broken = true;
    const handler = lambda(
      (): Handler => () => Promise.resolve({ statusCode: 200, body: "" }),
      () => {
        if (broken) throw new Error("not yet");
      },
    );
    expect(() => handler(event())).toThrow("not yet");
    broken = false;
    await expect(handler(event())).resolves.toMatchObject({ statusCode: 200 });
  });
});

describe("entry points", () => {
  const load = async (name: string): Promise<Handler> => {
    const module = (await import(`../../src/handlers/${name}.ts`)) as { handler: Handler };
    return module.handler;
  };

  it.each([
    ["health", event(), 200],
    ["create-moc", jsonEvent(validMoc), 201],
    ["get-moc", event(), 404],
    ["list-mocs", event(), 200],
    ["request-image-upload", event(), 404],
    ["search-mocs", event({ multiValueQueryStringParameters: { q: ["castle"] } }), 200],
    ["fallback", event(), 404],
  ])("%s answers", async (name, request, status) => {
    vi.stubEnv("IMAGES_BUCKET", "images");
    expect((await (await load(name))(request)).statusCode).toBe(status);
  });

  it("exist for every route", async () => {
    for (const { handler } of API) expect(await load(handler)).toBeTypeOf("function");
  });
});

describe("jsonLogger", () => {
  it("writes one line of JSON for each message", () => {
    const lines: string[] = [];
    const log = jsonLogger((line) => lines.push(line));
    log.warn("careful");
    log.error("broken", { requestId: "r", error: "a\nb" });
    expect(lines).toEqual([
      '{"level":"warn","message":"careful"}\n',
      '{"level":"error","message":"broken","requestId":"r","error":"a\\nb"}\n',
    ]);
  });
});
