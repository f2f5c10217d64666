import { type FieldError, invalid } from "./errors.ts";
import { isUuid } from "./ids.ts";
import type { Position } from "./moc.ts";

export interface Page {
  readonly limit: number;
  readonly after?: Position;
}

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;

const ISO_MILLISECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const BASE64URL = /^[\w-]{1,200}$/;

/** Opaque to clients on purpose: what it holds may change with the store. */
export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.createdAt, position.id])).toString("base64url");
}

export function decodeCursor(cursor: string): Position | undefined {
  if (!BASE64URL.test(cursor)) return undefined;
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (!Array.isArray(decoded) || decoded.length !== 2) return undefined;
  const [createdAt, id] = decoded as unknown[];
  if (typeof createdAt !== "string" || !ISO_MILLISECONDS.test(createdAt)) return undefined;
  if (typeof id !== "string" || !isUuid(id)) return undefined;
  return { createdAt, id };
}

/** The limit as asked for, or the error it deserves pushed onto `errors`. */
export function parseLimit(text: string | undefined, errors: FieldError[]): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  errors.push({ field: "limit", message: `must be a whole number from 1 to ${MAX_LIMIT}` });
  return DEFAULT_LIMIT;
}

export function parsePage(query: { limit: string | undefined; cursor: string | undefined }): Page {
  const errors: FieldError[] = [];
  const limit = parseLimit(query.limit, errors);
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  if (query.cursor !== undefined && after === undefined) {
    errors.push({ field: "cursor", message: "must be the nextCursor of an earlier answer" });
  }
  if (errors.length > 0) throw invalid(errors);
  return after === undefined ? { limit } : { limit, after };
}
