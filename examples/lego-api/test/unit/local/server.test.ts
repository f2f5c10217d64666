import { request as httpRequest } from "node:http";
import { createServer, type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { main } from "../../../src/local/main.ts";
import { createLocalDeps } from "../../../src/local/deps.ts";
import { type RunningServer, startServer, urlOf } from "../../../src/local/server.ts";
import type { Deps } from "../../../src/ports.ts";
import { testDeps, validMoc } from "../support.ts";

let running: RunningServer | undefined;

async function start(overrides: Partial<Deps> = {}): Promise<string> {
  const createDeps = (uploadsUrl: () => string): Deps => ({ ...createLocalDeps({}, uploadsUrl), ...overrides });
  running = await startServer({ port: 0, host: "127.0.0.1", createDeps });
  return running.url;
}

afterEach(async () => {
  await running?.stop(0);
  running = undefined;
});

const post = (body: string | Uint8Array<ArrayBuffer>, type = "application/json"): RequestInit => ({
  method: "POST",
  headers: { "content-type": type },
  body,
});

describe("the local server", () => {
  it("serves the handlers over HTTP, up to the upload of an image", async () => {
    const url = await start();
    const created = await fetch(`${url}/mocs`, post(JSON.stringify(validMoc)));
    expect(created.status).toBe(201);
    const moc = (await created.json()) as { id: string };
    await expect((await fetch(new URL(created.headers.get("location") ?? "", `${url}/mocs`))).json()).resolves.toEqual(moc);
    await expect((await fetch(`${url}/search?q=castle&limit=1`)).json()).resolves.toMatchObject({ total: 1 });

    const bytes = Buffer.from("bytes of a png");
    const ask = JSON.stringify({ contentType: "image/png", sizeBytes: bytes.length });
    const asked = await fetch(`${url}/mocs/${moc.id}/images`, post(ask));
    const { upload } = (await asked.json()) as { upload: { url: string; method: string; headers: Record<string, string> } };
    expect(upload.url.startsWith(`${url}/_local/uploads/mocs/${moc.id}/`)).toBe(true);
    expect((await fetch(upload.url, { ...upload, body: bytes })).status).toBe(200);
    expect((await fetch(upload.url, { ...upload, body: "other" })).status).toBe(403);
  });

  it("gives each request an id of its own", async () => {
    const url = await start();
    const ids = await Promise.all([1, 2].map(async () => (await fetch(`${url}/health`)).headers.get("x-request-id")));
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((id) => id !== null && id.length === 36)).toBe(true);
  });

  it("passes bytes on as they came", async () => {
    const url = await start();
    const response = await fetch(`${url}/mocs`, post(new Uint8Array([0x22, 0xff, 0x22])));
    await expect(response.json()).resolves.toMatchObject({ error: { code: "malformed_body" } });
  });

  it("passes on a parameter given twice, and one called __proto__", async () => {
    const url = await start();
    expect((await fetch(`${url}/mocs?limit=1&limit=2`)).status).toBe(400);
    expect((await fetch(`${url}/mocs?__proto__=1&__proto__=2`)).status).toBe(200);
  });

  it("answers 405 with the methods there are, and 404 elsewhere", async () => {
    const url = await start();
    const response = await fetch(`${url}/mocs`, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, GET"]);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    // Without a store in memory there is nothing to upload to.
    expect((await fetch(`${url}/_local/uploads`)).status).toBe(404);
  });

  it("has no uploads of its own when images live elsewhere", async () => {
    const url = await start({ images: { presignUpload: () => Promise.reject(new Error("unused")), head: () => Promise.resolve(undefined) } });
    expect((await fetch(`${url}/_local/uploads/x`, { method: "PUT", body: "x" })).status).toBe(404);
  });

  it("refuses what API Gateway would not take, having read it to the end", async () => {
    const url = await start();
    const atLimit = await fetch(`${url}/mocs`, post("x".repeat(10 * 1024 * 1024)));
    await expect(atLimit.json()).resolves.toMatchObject({ error: { code: "payload_too_large" } });
    const beyond = await fetch(`${url}/mocs`, post("x".repeat(10 * 1024 * 1024 + 1)));
    expect(beyond.status).toBe(413);
    await expect(beyond.json()).resolves.toEqual({ message: "Request Too Long" });
  });

  it("survives a client that goes away in the middle, and bytes that are no HTTP", async () => {
    const url = await start({ log: testDeps().log });
    const { hostname, port } = new URL(url);
    const half = httpRequest({ hostname, port, path: "/mocs", method: "POST", headers: { "content-length": "100" } });
    half.on("error", () => undefined).write("{");
    await new Promise((resolve) => setTimeout(resolve, 30));
    half.destroy();
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write("not http\r\n\r\n"));
      socket.on("data", () => undefined).on("close", () => {
        resolve();
      });
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it("answers 502 when a handler itself breaks, as API Gateway does", async () => {
    const { log, lines } = testDeps();
    const url = await start({
      images: {
        presignUpload: () => Promise.resolve({ method: "PUT", url: 1n as unknown as string, headers: {}, expiresAt: "" }),
        head: () => Promise.resolve(undefined),
      },
      log: { ...log, error: () => { throw new Error("the log is full"); } },
    });
    const created = (await (await fetch(`${url}/mocs`, post(JSON.stringify(validMoc)))).json()) as { id: string };
    const ask = JSON.stringify({ contentType: "image/png", sizeBytes: 1 });
    const response = await fetch(`${url}/mocs/${created.id}/images`, post(ask));
    expect(response.status).toBe(502);
    await expect(response.json()).resolves.toEqual({ message: "Internal server error" });
    expect(lines).toMatchObject([{ level: "warn", message: "request failed" }]);
  });

  it("lets a request finish while it stops, and takes no more", async () => {
    let release: (() => void) | undefined;
    const base = testDeps();
    const list = vi.fn(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return [];
    });
    const url = await start({ mocs: { create: base.mocs.create.bind(base.mocs), get: base.mocs.get.bind(base.mocs), list } });
    const slow = fetch(`${url}/mocs`);
    await vi.waitFor(() => {
      expect(release).toBeDefined();
    });
    const before = Date.now();
    const stopped = running?.stop(5000);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    release?.();
    expect((await slow).status).toBe(200);
    await stopped;
    // Neither the grace period nor a connection kept alive was waited for.
    expect(Date.now() - before).toBeLessThan(4500);
    running = undefined;
  });

  it("cuts off a request that does not finish in time", async () => {
    const base = testDeps();
    const never = { create: base.mocs.create.bind(base.mocs), get: base.mocs.get.bind(base.mocs), list: () => new Promise<never>(() => undefined) };
    const url = await start({ mocs: never });
    const stuck = expect(fetch(`${url}/mocs`)).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await running?.stop(20);
    running = undefined;
    await stuck;
  });

  it("says so when its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startServer({ port, host: "127.0.0.1", createDeps: testDeps })).rejects.toThrow("EADDRINUSE");
    other.close();
  });

  it("writes an IPv6 address as a URL needs it", () => {
    expect(urlOf({ family: "IPv6", address: "::1", port: 80 })).toBe("http://[::1]:80");
    expect(urlOf({ family: "IPv4", address: "127.0.0.1", port: 80 })).toBe("http://127.0.0.1:80");
  });
});

describe("createLocalDeps", () => {
  it("uses S3 when a bucket is named", async () => {
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "not-a-real-key");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not-a-real-secret");
    const { images } = createLocalDeps({ IMAGES_BUCKET: "images" }, () => "unused");
    const upload = await images.presignUpload({ key: "k", contentType: "image/png", sizeBytes: 1, expiresInSeconds: 1 });
    expect(new URL(upload.url).host).toBe("images.s3.us-east-1.amazonaws.com");
  });
});

describe("main", () => {
  it("serves until it is told to stop, and then ends", async () => {
    const lines: string[] = [];
    let stop: (() => void) | undefined;
    const ended = main({
      env: { PORT: "0" },
      print: (line) => lines.push(line),
      onStopSignal: (callback) => {
        stop = callback;
      },
    });
    await vi.waitFor(() => {
      expect(stop).toBeDefined();
    });
    const url = /http:\/\/127\.0\.0\.1:\d+$/.exec(lines[0] ?? "")?.[0] ?? "";
    expect((await fetch(`${url}/health`)).status).toBe(200);
    stop?.();
    await ended;
    expect(lines[1]).toBe("lego-api stops");
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it.each(["", "http", "-1", "65536", "1.5"])("refuses '%s' as its port", async (PORT) => {
    const run = main({ env: { PORT }, print: () => undefined, onStopSignal: () => undefined });
    await expect(run).rejects.toThrow(`PORT must be a number from 0 to 65535, not "${PORT}"`);
  });
});
