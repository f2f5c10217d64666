import { createSocket, type Socket } from "node:dgram";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { warnOnce } from "./warn.ts";

/** Sends finished spans. It never rejects: what cannot be sent is lost, and said once. */
export interface Exporter {
  send(spans: readonly ReadableSpan[]): Promise<void>;
  /** Waits for what is still under way. */
  settle?(): Promise<void>;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** What handing datagrams to the kernel may take. */
const UDP_BOUND_MS = 20;
/** What a collector that does not answer may cost a request. */
export const HTTP_BOUND_MS = 500;
/** Outside of Lambda nothing is frozen: what a request does not wait for any longer may still arrive. */
const HTTP_PATIENCE_MS = 10_000;
/** How long one that did not answer in time is left alone, so that not every request waits for it. */
const HTTP_PAUSE_MS = 5000;
/** The daemon reads 64 KiB at once; what goes beyond is cut off there. */
const LARGEST_DATAGRAM = 60 * 1024;
// The daemon's own header, then: OTLP spans that were sampled, in Base64. Source: the npm package
// @aws/aws-distro-opentelemetry-exporter-xray-udp, and the X-Ray Developer Guide on the daemon's header.
const PREFIX = '{"format":"json","version":1}\nT1S';

/** Undefined where nobody is there to receive: then nothing is recorded either. */
export function exporterFor(env: Env): Exporter | undefined {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return undefined;
  // Lambda always names its daemon: a collector that somebody named goes before it.
  const traces = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  const base = env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const url = traces ?? (base && `${base.replace(/\/+$/, "")}/v1/traces`);
  const patience = env["AWS_LAMBDA_FUNCTION_NAME"] === undefined ? HTTP_PATIENCE_MS : HTTP_BOUND_MS;
  if (url) return new HttpExporter(new URL(url), headersIn(env), HTTP_BOUND_MS, patience);
  const daemon = env["AWS_XRAY_DAEMON_ADDRESS"];
  return daemon ? new UdpExporter(daemonAddress(daemon)) : undefined;
}

function headersIn(env: Env): Record<string, string> {
  const text = env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] ?? env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "";
  const pairs = text.split(",").flatMap((pair): [string, string][] => {
    const at = pair.indexOf("=");
    return at > 0 ? [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]] : [];
  });
  return Object.fromEntries(pairs);
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** "host:port", or "tcp:host:port udp:host:port" where the two are not the same. */
export function daemonAddress(text: string): Address {
  const parts = text.trim().split(/\s+/);
  const udp = parts.find((part) => part.startsWith("udp:"))?.slice(4) ?? parts[0] ?? "";
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(udp) ?? [];
  if (host === undefined) throw new Error(`AWS_XRAY_DAEMON_ADDRESS must be host:port, not "${text}"`);
  return { host, port: Number(port) };
}

/** To the X-Ray daemon that Lambda runs beside every function. */
export class UdpExporter implements Exporter {
  private readonly socket: Socket;
  private readonly to: Address;

  constructor(to: Address) {
    this.to = to;
    this.socket = createSocket(to.host.includes(":") ? "udp6" : "udp4");
    // Without a listener an error of the socket would end the process, and an open one would keep it alive.
    this.socket.on("error", lost);
    this.socket.unref();
  }

  async send(spans: readonly ReadableSpan[]): Promise<void> {
    await within(UDP_BOUND_MS, this.postAll(datagrams(spans)));
  }

  /** One after the other, with a moment in between: all at once would be more than fits into the daemon's buffer. */
  private async postAll(all: readonly Buffer[]): Promise<void> {
    for (const datagram of all) {
      await this.post(datagram);
      if (datagram !== all.at(-1)) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private post(datagram: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.socket.send(datagram, this.to.port, this.to.host, (error) => {
        if (error) lost(error);
        resolve();
      });
    });
  }
}

/** As few as hold them all. One span that alone is too large is lost. */
function datagrams(spans: readonly ReadableSpan[]): Buffer[] {
  const bytes = ProtobufTraceSerializer.serializeRequest([...spans]);
  const datagram = Buffer.from(PREFIX + Buffer.from(bytes ?? []).toString("base64"));
  if (datagram.length <= LARGEST_DATAGRAM) return [datagram];
  if (spans.length === 1) {
    warnOnce("a span is larger than the X-Ray daemon takes, and is lost");
    return [];
  }
  const half = Math.ceil(spans.length / 2);
  return [...datagrams(spans.slice(0, half)), ...datagrams(spans.slice(half))];
}

/** To an OpenTelemetry collector, as Protobuf. */
export class HttpExporter implements Exporter {
  private readonly url: URL;
  private readonly headers: Record<string, string>;
  private readonly boundMs: number;
  private readonly patienceMs: number;
  private readonly pending = new Set<Promise<void>>();
  private pausedUntil = 0;

  constructor(url: URL, headers: Record<string, string> = {}, boundMs = HTTP_BOUND_MS, patienceMs = boundMs) {
    this.url = url;
    this.headers = { ...headers, "content-type": "application/x-protobuf" };
    this.boundMs = boundMs;
    this.patienceMs = patienceMs;
  }

  async send(spans: readonly ReadableSpan[]): Promise<void> {
    if (Date.now() < this.pausedUntil) return;
    const posting = this.post(spans).finally(() => this.pending.delete(posting));
    this.pending.add(posting);
    await within(this.boundMs, posting);
  }

  async settle(): Promise<void> {
    await Promise.all(this.pending);
  }

  private async post(spans: readonly ReadableSpan[]): Promise<void> {
    const late = AbortSignal.timeout(this.patienceMs);
    try {
      const body = Buffer.from(ProtobufTraceSerializer.serializeRequest([...spans]) ?? []);
      const response = await fetch(this.url, { method: "POST", headers: this.headers, body, signal: late });
      await response.arrayBuffer();
      if (!response.ok) lost(new Error(`the collector answers ${response.status}`));
    } catch (error) {
      if (late.aborted) this.pausedUntil = Date.now() + HTTP_PAUSE_MS;
      lost(error);
    }
  }
}

function lost(error: unknown): void {
  warnOnce("spans could not be sent and are lost", error);
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, bound]);
  clearTimeout(timer);
}
