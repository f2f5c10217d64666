import type { APIGatewayProxyResult } from "aws-lambda";
import { MemoryImageCatalog } from "../../src/adapters/memory/image-catalog.ts";
import { MemoryImageStore } from "../../src/adapters/memory/image-store.ts";
import { MemoryMocStore } from "../../src/adapters/memory/moc-store.ts";
import { MemorySearchIndex } from "../../src/adapters/memory/search-index.ts";
import { MemoryTokens } from "../../src/adapters/memory/tokens.ts";
import { AppError, type FieldError } from "../../src/domain/errors.ts";
import type { Moc } from "../../src/domain/moc.ts";
import type { ProxyEvent } from "../../src/http.ts";
import type { Deps } from "../../src/ports.ts";

export const START = "2026-01-02T03:04:05.678Z";

/** The n-th id: a well-formed UUID that a reader can tell apart. */
export const idOf = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly details: unknown;
}

export interface TestDeps extends Deps {
  readonly images: MemoryImageStore;
  readonly lines: LogLine[];
  readonly advance: (ms: number) => void;
}

/** Real stores in memory, with a clock that stands still and ids that count. */
export function testDeps(): TestDeps {
  let now = Date.parse(START);
  let ids = 0;
  const lines: LogLine[] = [];
  const clock = (): Date => new Date(now);
  return {
    mocs: new MemoryMocStore(clock),
    search: new MemorySearchIndex(),
    images: new MemoryImageStore(clock, () => "http://uploads.test"),
    catalog: new MemoryImageCatalog(),
    tokens: new MemoryTokens(),
    probes: [],
    clock,
    newId: () => idOf(++ids),
    log: {
      warn: (message, details) => lines.push({ level: "warn", message, details }),
      error: (message, details) => lines.push({ level: "error", message, details }),
    },
    build: { version: "1.2.3", commit: "abc123", stage: "test" },
    lines,
    advance(ms) {
      now += ms;
    },
  };
}

export const event = (overrides: Partial<ProxyEvent> = {}): ProxyEvent => ({
  httpMethod: "GET",
  resource: "/",
  pathParameters: null,
  multiValueQueryStringParameters: null,
  headers: null,
  body: null,
  isBase64Encoded: false,
  requestContext: { requestId: "request-1" },
  ...overrides,
});

export const jsonEvent = (body: unknown, overrides: Partial<ProxyEvent> = {}): ProxyEvent =>
  event({
    httpMethod: "POST",
    headers: { "Content-Type": "application/json", ...overrides.headers },
    body: JSON.stringify(body),
    ...Object.fromEntries(Object.entries(overrides).filter(([name]) => name !== "headers")),
  });

export const bodyOf = (result: APIGatewayProxyResult): unknown => JSON.parse(result.body);

export const validMoc = { title: "Castle", description: "With a drawbridge", pieceCount: 1200, tags: ["castle"] };

export const mocOf = (n: number, overrides: Partial<Moc> = {}): Moc => ({
  id: idOf(n),
  createdAt: START,
  ...validMoc,
  ...overrides,
});

/** What was refused, field by field. Anything but a validation error fails the test. */
export function refusal(action: () => unknown): readonly FieldError[] {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError && error.code === "validation_failed") return error.fields;
    throw error;
  }
  throw new Error("nothing was refused");
}
