import { createSocket, type Socket } from "node:dgram";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { daemonAddress, exporterFor, HttpExporter, UdpExporter } from "../../../src/tracing/export.ts";
import { call, flushTracing, traced } from "../../../src/tracing/index.ts";
import { replaceTracing } from "../../../src/tracing/provider.ts";
import { forgetWarnings } from "../../../src/tracing/warn.ts";
import { record, stdout } from "./recorded.ts";

const HEADER = '{"format":"json","version":1}\nT1S';
let cleanUp: (() => void)[] = [];

beforeEach(() => {
  forgetWarnings();
  replaceTracing();
});

afterEach(() => {
  for (const close of cleanUp) close();
  cleanUp = [];
  replaceTracing();
});

async function daemon(): Promise<{ address: string; datagrams: Buffer[] }> {
  const socket: Socket = createSocket("udp4");
  const datagrams: Buffer[] = [];
  socket.on("message", (datagram) => datagrams.push(datagram));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  cleanUp.push(() => socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, datagrams };
}

async function collector(answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void): Promise<string> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => {
      answer(request, response, Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Spans as an invocation leaves them. */
async function spans(calls = 1, statement = "SELECT 1"): Promise<Parameters<UdpExporter["send"]>[0]> {
  const recorded = record();
  await traced("op", async () => {
    for (let n = 0; n < calls; n++) await call({ system: "postgresql", operation: "SELECT", statement }, () => Promise.resolve());
  })({});
  return recorded.spans();
}

const run = traced("op", () => call({ system: "redis", operation: "GET" }, () => Promise.resolve("done")));

describe("by UDP", () => {
  it("an invocation's spans are one datagram, as the daemon reads it", async () => {
    const { address, datagrams } = await daemon();
    vi.stubEnv("AWS_XRAY_DAEMON_ADDRESS", address);
    await expect(run({})).resolves.toBe("done");
    await vi.waitFor(() => {
      expect(datagrams).toHaveLength(1);
    });
    const text = datagrams[0]?.toString() ?? "";
    expect(text.startsWith(HEADER)).toBe(true);
    const message = Buffer.from(text.slice(HEADER.length), "base64").toString("latin1");
    expect(message).toContain("Redis GET");
    expect(message).toContain("aws.xray.annotations");
  });

  it("many spans are several datagrams, none larger than the daemon takes", async () => {
    const { address, datagrams } = await daemon();
    const many = await spans(300, `SELECT ${"a".repeat(500)}`);
    await new UdpExporter(daemonAddress(address)).send(many);
    await vi.waitFor(() => {
      expect(datagrams.length).toBeGreaterThan(2);
      const names = datagrams.map((d) => Buffer.from(d.toString().slice(HEADER.length), "base64").toString("latin1"));
      expect(names.join("").match(/RDS SELECT/g)).toHaveLength(300);
    });
    expect(Math.max(...datagrams.map((d) => d.length))).toBeLessThanOrEqual(60 * 1024);
  });

  it("a span that alone is too large is lost, and the others are not", async () => {
    const out = stdout();
    const { address, datagrams } = await daemon();
    const recorded = record();
    await traced("op", () =>
      call({ system: "redis", operation: "GET" }, (note) => {
        note.set("huge", "x".repeat(100_000));
        return Promise.resolve();
      }),
    )({});
    await new UdpExporter(daemonAddress(address)).send(recorded.spans());
    await vi.waitFor(() => {
      expect(datagrams).toHaveLength(1);
    });
    expect(out.lines()).toMatchObject([{ message: expect.stringContaining("larger than the X-Ray daemon takes") as string }]);
  });

  it("costs next to nothing where nobody listens", async () => {
    const { address } = await daemon();
    for (const close of cleanUp.splice(0)) close();
    const some = await spans();
    const exporter = new UdpExporter(daemonAddress(address));
    const took: number[] = [];
    for (let n = 0; n < 21; n++) {
      const before = performance.now();
      await exporter.send(some);
      took.push(performance.now() - before);
    }
    expect(took.sort((a, b) => a - b)[10]).toBeLessThan(200);
  });

  it("never fails, and never takes long, with a name that there is none of", async () => {
    const out = stdout();
    const some = await spans();
    const before = performance.now();
    const exporter = new UdpExporter({ host: "no-such-daemon.invalid", port: 2000 });
    await exporter.send(some);
    expect(performance.now() - before).toBeLessThan(4000);
    await vi.waitFor(
      () => {
        expect(out.lines()).toMatchObject([{ message: "spans could not be sent and are lost" }]);
      },
      { timeout: 4000 },
    );
  });

  it("outlives an error of its socket", () => {
    const out = stdout();
    const { socket } = new UdpExporter({ host: "127.0.0.1", port: 9 }) as unknown as { socket: Socket };
    socket.emit("error", new Error("the network is down"));
    expect(out.lines()).toMatchObject([{ error: "the network is down" }]);
  });

  it.each([
    ["169.254.79.129:2000", { host: "169.254.79.129", port: 2000 }],
    ["tcp:127.0.0.1:2000 udp:127.0.0.2:2001", { host: "127.0.0.2", port: 2001 }],
    ["[::1]:2000", { host: "::1", port: 2000 }],
  ])("finds the daemon at %s", (text, address) => {
    expect(daemonAddress(text)).toEqual(address);
    expect(() => new UdpExporter(address)).not.toThrow();
  });

  it.each(["", "localhost", "localhost:", ":2000", "localhost:http"])("refuses '%s'", (text) => {
    expect(() => daemonAddress(text)).toThrow("AWS_XRAY_DAEMON_ADDRESS must be host:port");
  });
});

describe("by HTTP", () => {
  it("spans are posted to the collector, with its headers, before the daemon is thought of", async () => {
    const seen: unknown[] = [];
    const url = await collector((request, response, body) => {
      seen.push([request.method, request.url, request.headers["content-type"], request.headers["x-key"], body.toString("latin1").includes("Redis GET")]);
      response.end();
    });
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `${url}/`);
    vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b, nothing");
    vi.stubEnv("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9");
    await expect(run({})).resolves.toBe("done");
    vi.stubEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", `${url}/here`);
    replaceTracing();
    await expect(run({})).resolves.toBe("done");
    expect(seen).toEqual([
      ["POST", "/v1/traces", "application/x-protobuf", "a b", true],
      ["POST", "/here", "application/x-protobuf", "a b", true],
    ]);
  });

  it("a collector that refuses is told of once, and the request is not", async () => {
    const out = stdout();
    const url = await collector((_request, response) => response.writeHead(503).end("busy"));
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", url);
    await expect(run({})).resolves.toBe("done");
    await expect(run({})).resolves.toBe("done");
    expect(out.lines()).toEqual([
      { level: "warn", message: "spans could not be sent and are lost", error: "the collector answers 503" },
    ]);
  });

  it("one that does not answer costs its bound once, and is then left alone for a while", async () => {
    stdout();
    let requests = 0;
    const url = await collector(() => requests++);
    // Long enough for a request to arrive on a busy machine.
    const bound = 1500;
    const exporter = new HttpExporter(new URL(url), {}, bound);
    const some = await spans();
    const timed = async (): Promise<number> => {
      const before = performance.now();
      await exporter.send(some);
      return performance.now() - before;
    };
    const first = await timed();
    expect(first).toBeGreaterThan(0.8 * bound);
    expect(await timed()).toBeLessThan(first);
    expect(requests).toBe(1);
    vi.setSystemTime(Date.now() + 6000);
    await timed();
    vi.useRealTimers();
    expect(requests).toBe(2);
  });

  it("one that is slow is not waited for by a request, but by the end of a process, and loses nothing", async () => {
    const out = stdout();
    let arrived = 0;
    const url = await collector((_request, response) => {
      setTimeout(() => {
        arrived++;
        response.end();
      }, 2000);
    });
    const exporter = new HttpExporter(new URL(url), {}, 30, 10_000);
    const some = await spans();
    replaceTracing(exporter);
    const before = performance.now();
    await exporter.send(some);
    await run({});
    expect(performance.now() - before).toBeLessThan(1900);
    expect(arrived).toBe(0);
    await flushTracing();
    expect(arrived).toBe(2);
    expect(out.lines()).toEqual([]);
  });

  it("in Lambda none is waited for longer than a request does, as the instance is frozen then", async () => {
    const url = await collector(() => undefined);
    const out = stdout();
    const some = await spans();
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: url, AWS_LAMBDA_FUNCTION_NAME: "f" });
    const before = performance.now();
    await exporter?.send(some);
    await exporter?.settle?.();
    expect(performance.now() - before).toBeLessThan(8000);
    expect(out.lines()).toMatchObject([{ message: "spans could not be sent and are lost" }]);
  });

  it("one that is not there costs nothing, and is tried again", async () => {
    stdout();
    const url = await collector(() => undefined);
    for (const close of cleanUp.splice(0)) close();
    const exporter = new HttpExporter(new URL(url));
    const some = await spans();
    const before = performance.now();
    await exporter.send(some);
    await exporter.send(some);
    expect(performance.now() - before).toBeLessThan(4000);
  });
});

describe("exporterFor", () => {
  it("is nobody where nobody is named, or where OpenTelemetry is switched off", () => {
    expect(exporterFor({})).toBeUndefined();
    expect(exporterFor({ OTEL_SDK_DISABLED: "TRUE", AWS_XRAY_DAEMON_ADDRESS: "127.0.0.1:2000" })).toBeUndefined();
  });
});
