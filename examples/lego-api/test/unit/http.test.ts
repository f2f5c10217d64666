import { describe, expect, it } from "vitest";
import { AppError, type ErrorCode } from "../../src/domain/errors.ts";
import { header, jsonBody, MAX_BODY_BYTES, type ProxyEvent, query, route } from "../../src/http.ts";
import { bodyOf, event, jsonEvent, refusal, testDeps } from "./support.ts";

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return error instanceof AppError ? error.code : "not an AppError";
  }
  return "nothing thrown";
};

const withType = (type: string): ProxyEvent => jsonEvent({}, { headers: { "Content-Type": type } });

describe("route", () => {
  it("answers in JSON that is neither cached nor sniffed, with the request's id", async () => {
    const result = await route(testDeps().log, () => ({ status: 201, body: { a: 1 }, headers: { location: "x" } }))(event());
    expect(result).toEqual({
      statusCode: 201,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": "request-1",
        location: "x",
      },
      body: '{"a":1}',
      isBase64Encoded: false,
    });
  });

  it.each<[ErrorCode, number]>([
    ["malformed_body", 400],
    ["validation_failed", 400],
    ["not_found", 404],
    ["method_not_allowed", 405],
    ["payload_too_large", 413],
    ["unsupported_media_type", 415],
    ["idempotency_key_reused", 422],
    ["internal_error", 500],
  ])("turns %s into %i", async (code, status) => {
    const { log, lines } = testDeps();
    const result = await route(log, () => Promise.reject(new AppError(code, "Why.")))(event());
    expect(result.statusCode).toBe(status);
    expect(bodyOf(result)).toEqual({ error: { code, message: "Why.", requestId: "request-1" } });
    expect(lines).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["an error", new Error("password=hunter2 at db.internal")],
    ["an error without a stack", Object.assign(new Error("hunter2"), { stack: undefined })],
    ["a thrown string", "hunter2"],
  ])("tells the log about %s, and the caller nothing", async (_name, thrown) => {
    const { log, lines } = testDeps();
    const result = await route(log, () => {
      throw thrown;
    })(event());
    expect(result.statusCode).toBe(500);
    expect(bodyOf(result)).toEqual({
      error: { code: "internal_error", message: "Something went wrong on our side.", requestId: "request-1" },
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "error", details: { requestId: "request-1" } });
    expect(JSON.stringify(lines)).toContain("hunter2");
  });
});

describe("header", () => {
  it("finds a name in any case, and nothing where there is nothing", () => {
    expect(header(event({ headers: { "Idempotency-KEY": "k" } }), "idempotency-key")).toBe("k");
    expect(header(event({ headers: { other: "k" } }), "idempotency-key")).toBeUndefined();
    expect(header(event(), "idempotency-key")).toBeUndefined();
  });
});

describe("query", () => {
  it("reads what was asked for, and ignores the rest", () => {
    const given = event({ multiValueQueryStringParameters: { limit: ["5"], other: ["1", "2"] } });
    expect(query(given, ["limit", "cursor"])).toEqual({ limit: "5", cursor: undefined });
    expect(query(event(), ["limit"])).toEqual({ limit: undefined });
  });

  it("refuses a parameter given twice", () => {
    const given = event({ multiValueQueryStringParameters: { limit: ["5", "6"], q: ["a", "a"] } });
    expect(refusal(() => query(given, ["limit", "q"]))).toEqual([
      { field: "limit", message: "must be given once" },
      { field: "q", message: "must be given once" },
    ]);
  });
});

describe("jsonBody", () => {
  it("reads text and Base64 alike", () => {
    expect(jsonBody(jsonEvent({ a: "é" }))).toEqual({ a: "é" });
    const body = Buffer.from('{"a":"é"}').toString("base64");
    expect(jsonBody(jsonEvent(null, { body, isBase64Encoded: true }))).toEqual({ a: "é" });
  });

  it.each(["application/json", "APPLICATION/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'])(
    "takes %s",
    (type) => {
      expect(jsonBody(withType(type))).toEqual({});
    },
  );

  it.each(["text/plain", "application/json; charset=latin1", "application/jsonp", "text/json", "", "multipart/form-data"])(
    "refuses the type '%s'",
    (type) => {
      expect(codeOf(() => jsonBody(withType(type)))).toBe("unsupported_media_type");
    },
  );

  it("refuses a body without a type", () => {
    expect(codeOf(() => jsonBody(event({ body: "{}" })))).toBe("unsupported_media_type");
  });

  it.each([
    ["nothing", null],
    ["half a body", '{"a":'],
    ["two values", "{}{}"],
    ["a comment", "{}//"],
  ])("refuses %s", (_name, body) => {
    expect(codeOf(() => jsonBody(jsonEvent(null, { body })))).toBe("malformed_body");
  });

  it("refuses bytes that are no UTF-8", () => {
    const body = Buffer.from([0x22, 0xff, 0x22]).toString("base64");
    expect(codeOf(() => jsonBody(jsonEvent(null, { body, isBase64Encoded: true })))).toBe("malformed_body");
  });

  it("takes as many bytes as allowed, and not one more", () => {
    const fits = JSON.stringify("x".repeat(MAX_BODY_BYTES - 2));
    expect(jsonBody(jsonEvent(null, { body: fits }))).toHaveLength(MAX_BODY_BYTES - 2);
    expect(codeOf(() => jsonBody(jsonEvent(null, { body: `${fits} ` })))).toBe("payload_too_large");
    // Bytes count, not characters: this is half as many of them, and two bytes each.
    const accents = JSON.stringify("é".repeat(MAX_BODY_BYTES / 2));
    expect(codeOf(() => jsonBody(jsonEvent(null, { body: accents })))).toBe("payload_too_large");
  });

  it("survives deep nesting", () => {
    const deep = "[".repeat(20_000) + "]".repeat(20_000);
    expect(jsonBody(jsonEvent(null, { body: deep }))).toHaveLength(1);
  });

  it("never quotes the body in what it says", () => {
    expect(() => jsonBody(jsonEvent(null, { body: "hunter2" }))).toThrow(/^The body is not valid JSON\.$/);
  });
});
