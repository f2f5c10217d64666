import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MemoryImageStore } from "../adapters/memory/image-store.ts";
import type { ProxyEvent } from "../http.ts";
import type { Deps } from "../ports.ts";
import { formatTraceHeader, newTraceId, type Origin, parseTraceHeader } from "../tracing/index.ts";
import { played } from "./played.ts";
import { createHandlers, handlerFor, matchResource } from "./router.ts";

export const UPLOADS_PATH = "/_local/uploads";

/** What API Gateway takes at most. Beyond it a request never reaches a function. */
const GATEWAY_LIMIT_BYTES = 10 * 1024 * 1024;

export interface RunningServer {
  readonly url: string;
  /** Finishes what is under way, then closes; whatever still runs after `graceMs` is cut off. */
  stop(graceMs?: number): Promise<void>;
}

export interface ServerOptions {
  readonly port: number;
  readonly host: string;
  readonly createDeps: (uploadsUrl: () => string) => Deps;
}

/** Answers HTTP with the handlers that Lambda runs, by turning each request into API Gateway's event for it. */
export async function startServer({ port, host, createDeps }: ServerOptions): Promise<RunningServer> {
  let url = "";
  const deps = createDeps(() => url + UPLOADS_PATH);
  const handlers = createHandlers(played(deps));
  const told = new Set<Promise<unknown>>();
  // As a bucket does: later, and without anybody who waits for it.
  const tell = (key: string): void => {
    const event = { Records: [{ eventSource: "aws:s3", s3: { bucket: { name: "images" }, object: { key } } }] };
    const telling = handlers["image-uploaded"](event)
      .catch((error: unknown) => {
        deps.log.warn("the bucket's event failed", { error: String(error) });
      })
      .finally(() => told.delete(telling));
    told.add(telling);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    if (body === undefined) {
      gatewayError(response, 413, "Request Too Long");
      return;
    }
    const target = new URL(request.url ?? "/", "http://localhost");
    if (target.pathname.startsWith(`${UPLOADS_PATH}/`) && deps.images instanceof MemoryImageStore) {
      const path = (target.pathname + target.search).slice(UPLOADS_PATH.length);
      const status = deps.images.receive({ path, contentType: request.headers["content-type"], bytes: body });
      response.writeHead(status).end();
      if (status === 200) tell(target.pathname.slice(UPLOADS_PATH.length + 1));
      return;
    }
    const trace = formatTraceHeader(originOf(request));
    response.setHeader("x-amzn-trace-id", trace);
    const event = toEvent(request, target, body, trace);
    const result = await handlers[handlerFor(event.httpMethod, event.resource)](event);
    // A connection kept alive now would hold up the stop until it times out.
    if (!server.listening) response.shouldKeepAlive = false;
    const headers = Object.entries(result.headers ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
    response.writeHead(result.statusCode, Object.fromEntries(headers)).end(result.body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      deps.log.warn("request failed", { error: String(error) });
      if (response.headersSent) response.destroy();
      else gatewayError(response, 502, "Internal server error");
    });
  });
  url = await listen(server, port, host);
  return {
    url,
    stop: async (graceMs = 5000) => {
      await stop(server, graceMs);
      await Promise.all(told);
      await deps.close?.();
    },
  };
}

/** The trace that the caller began, or a new one. A stage whose tracing is on keeps every one that it begins. */
function originOf(request: IncomingMessage): Origin {
  const given = request.headers["x-amzn-trace-id"];
  const random = (digits: number): string => randomBytes(digits / 2).toString("hex");
  return parseTraceHeader(String(given)) ?? { traceId: newTraceId(random), sampled: true };
}

function toEvent(request: IncomingMessage, target: URL, body: Buffer, trace: string): ProxyEvent & { path: string } {
  const { resource, params } = matchResource(target.pathname);
  const query: Record<string, string[]> = {};
  for (const name of new Set(target.searchParams.keys())) {
    Object.defineProperty(query, name, { value: target.searchParams.getAll(name), enumerable: true });
  }
  const headers = Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.at(-1)]);
  return {
    httpMethod: request.method ?? "GET",
    resource,
    path: target.pathname,
    pathParameters: params,
    multiValueQueryStringParameters: Object.keys(query).length > 0 ? query : null,
    headers: { ...(Object.fromEntries(headers) as Record<string, string | undefined>), "x-amzn-trace-id": trace },
    // In Base64, so that bytes which are no UTF-8 reach the handler as they came.
    body: body.length > 0 ? body.toString("base64") : null,
    isBase64Encoded: body.length > 0,
    requestContext: { requestId: randomUUID() },
  };
}

/** All of the body, or nothing if it is too long; then the rest is read and dropped so that the answer gets through. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= GATEWAY_LIMIT_BYTES) chunks.push(chunk);
  }
  return size > GATEWAY_LIMIT_BYTES ? undefined : Buffer.concat(chunks);
}

function gatewayError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      resolve(urlOf(server.address() as AddressInfo));
    });
  });
}

export const urlOf = ({ family, address, port }: AddressInfo): string =>
  `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const cutOff = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close((error) => {
      clearTimeout(cutOff);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}
