import type { APIGatewayProxyResult } from "aws-lambda";
import { AppError, type ErrorCode, invalid, MethodNotAllowed } from "./domain/errors.ts";
import type { Logger } from "./ports.ts";
import { failed } from "./tracing/index.ts";

/** What the handlers use of an API Gateway (REST API) proxy event. The gateway sends null for what is absent. */
export interface ProxyEvent {
  readonly httpMethod: string;
  readonly resource: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, string[] | undefined>> | null;
  readonly headers: Readonly<Record<string, string | undefined>> | null;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly requestId: string };
}

export type Handler = (event: ProxyEvent) => Promise<APIGatewayProxyResult>;

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const MAX_BODY_BYTES = 64 * 1024;

const STATUS: Readonly<Record<ErrorCode, number>> = {
  malformed_body: 400,
  validation_failed: 400,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_key_reused: 422,
  invalid_grant: 400,
  upstream_unavailable: 502,
  internal_error: 500,
};

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** The one way from a proxy event to a reply: every handler goes through here, and so does every error. */
export function route(log: Logger, answer: (event: ProxyEvent) => Promise<Reply> | Reply): Handler {
  return async (event) => {
    const { requestId } = event.requestContext;
    try {
      return toResult(await answer(event), requestId);
    } catch (error) {
      return toResult(errorReply(error, requestId, log), requestId);
    }
  };
}

function errorReply(error: unknown, requestId: string, log: Logger): Reply {
  if (error instanceof AppError) {
    // Somebody else's trouble is ours to look into; its cause says what it was.
    if (STATUS[error.code] >= 500) failed(error);
    if (error.cause instanceof Error) log.error(error.message, { requestId, cause: `${error.cause.name}: ${error.cause.message}` });
    return {
      status: STATUS[error.code],
      body: {
        error: {
          code: error.code,
          message: error.message,
          ...(error.fields.length > 0 && { fields: error.fields }),
          requestId,
        },
      },
      ...(error instanceof MethodNotAllowed && { headers: { allow: error.allowed.join(", ") } }),
    };
  }
  // The details are for the log and the trace; the caller gets the id to ask about.
  failed(error);
  log.error("unexpected error", {
    requestId,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return {
    status: STATUS.internal_error,
    body: { error: { code: "internal_error", message: "Something went wrong on our side.", requestId } },
  };
}

function toResult(reply: Reply, requestId: string): APIGatewayProxyResult {
  return {
    statusCode: reply.status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": requestId,
      ...reply.headers,
    },
    body: JSON.stringify(reply.body),
    isBase64Encoded: false,
  };
}

export function header(event: ProxyEvent, name: string): string | undefined {
  for (const [key, value] of Object.entries(event.headers ?? {})) {
    if (key.toLowerCase() === name) return value;
  }
  return undefined;
}

/** The named query parameters. Given twice, one would win by chance: that is refused, and so is nothing else. */
export function query<const Name extends string>(
  event: ProxyEvent,
  names: readonly Name[],
): Record<Name, string | undefined> {
  const given = event.multiValueQueryStringParameters ?? {};
  const values = (name: Name): readonly string[] => given[name] ?? [];
  const repeated = names.filter((name) => values(name).length > 1);
  if (repeated.length > 0) throw invalid(repeated.map((field) => ({ field, message: "must be given once" })));
  return Object.fromEntries(names.map((name) => [name, values(name)[0]])) as Record<Name, string | undefined>;
}

/** The body as JSON, after everything was refused that would cost memory or time to look at. */
export function jsonBody(event: ProxyEvent): unknown {
  const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > MAX_BODY_BYTES) {
    throw new AppError("payload_too_large", `The body may have at most ${MAX_BODY_BYTES} bytes.`);
  }
  if (!JSON_TYPE.test(header(event, "content-type")?.trim() ?? "")) {
    throw new AppError("unsupported_media_type", "The body must be sent as application/json in UTF-8.");
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    // What the parser says quotes the body: it stays here.
    throw new AppError("malformed_body", "The body is not valid JSON.");
  }
}
