import { createHash, createHmac } from "node:crypto";
import type { Env } from "./export.ts";

export type Values = Record<string, string | number | boolean>;

/** What a trace tells of the event that began an invocation, whatever kind of event it is. */
export interface Facts {
  readonly http: boolean;
  readonly header: (name: string) => string | undefined;
  /** Who asked, as the authorizer said. */
  readonly subject: string | undefined;
  readonly attributes: Values;
}

const LONGEST_PATH = 1024;

export function factsOf(event: unknown): Facts {
  const request = at(event, "requestContext");
  const v2 = at(request, "http");
  const method = text(at(event, "httpMethod")) ?? text(at(v2, "method"));
  const attributes = method === undefined ? sourceOf(event) : httpAttributes(event, method);
  return { http: method !== undefined, header: headersOf(event), subject: subjectOf(at(request, "authorizer")), attributes };
}

function httpAttributes(event: unknown, method: string): Values {
  // HTTP API has the route as "GET /mocs/{id}", REST API has its path alone.
  const route = text(at(event, "resource")) ?? text(at(event, "routeKey"))?.replace(/^\S+ /, "");
  const path = text(at(event, "path")) ?? text(at(event, "rawPath")) ?? route;
  return {
    "faas.trigger": "http",
    "http.request.method": method,
    "http.request.body.size": sizeOf(at(event, "body"), at(event, "isBase64Encoded")),
    ...(path !== undefined && { "url.path": path.slice(0, LONGEST_PATH) }),
    ...(route !== undefined && { "http.route": route }),
  };
}

function sourceOf(event: unknown): Values {
  const records = at(event, "Records");
  if (!Array.isArray(records)) return { "faas.trigger": "other" };
  const first = records[0] as unknown;
  const bucket = text(at(at(at(first, "s3"), "bucket"), "name"));
  const source = text(at(first, "eventSource")) ?? text(at(first, "EventSource")) ?? "unknown";
  return {
    "faas.trigger": bucket === undefined ? "pubsub" : "datasource",
    "faas.source": source,
    "faas.records": records.length,
    ...(bucket !== undefined && { "aws.s3.bucket": bucket }),
  };
}

/** What came back: a proxy integration's answer, or for HTTP API anything else, which is sent as a 200. */
export function answerOf(result: unknown, http: boolean): { status: number; attributes: Values } {
  const code = at(result, "statusCode");
  const status = typeof code === "number" ? code : 200;
  if (!http) return { status, attributes: {} };
  const body = typeof code === "number" ? at(result, "body") : bodyWithoutStatus(result);
  const size = sizeOf(body, at(result, "isBase64Encoded"));
  return { status, attributes: { "http.response.status_code": status, "http.response.body.size": size } };
}

const bodyWithoutStatus = (result: unknown): unknown => (typeof result === "string" ? result : JSON.stringify(result));

function sizeOf(body: unknown, base64: unknown): number {
  return typeof body === "string" ? Buffer.byteLength(body, base64 === true ? "base64" : "utf8") : 0;
}

function headersOf(event: unknown): Facts["header"] {
  const headers = at(event, "headers");
  return (name) => {
    if (typeof headers !== "object" || headers === null) return undefined;
    const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
    return text(found?.[1]);
  };
}

/** A Cognito authorizer of a REST API, a JWT authorizer of an HTTP API, or a function of one's own in front of either. */
function subjectOf(authorizer: unknown): string | undefined {
  const own = at(authorizer, "lambda");
  return [
    at(at(authorizer, "claims"), "sub"),
    at(at(at(authorizer, "jwt"), "claims"), "sub"),
    at(authorizer, "principalId"),
    at(own, "sub"),
    at(own, "principalId"),
    at(own, "userId"),
  ]
    .map(text)
    .find((subject) => subject !== undefined);
}

/** By default no name leaves the function, and yet all requests of one user can be found. */
export function userIdOf(subject: string | undefined, env: Env): string | undefined {
  const how = env["TRACING_USER_ID"];
  if (how === "off") return undefined;
  if (subject === undefined) return "anonymous";
  if (how === "plain") return subject.slice(0, 256);
  const salt = env["TRACING_SALT"];
  const hash = salt ? createHmac("sha256", salt) : createHash("sha256");
  return hash.update(subject).digest("hex").slice(0, 16);
}

function at(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
