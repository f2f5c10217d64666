import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { answerOf, factsOf, userIdOf } from "../../../src/tracing/event.ts";

// Shapes: AWS Lambda Developer Guide, input format of a proxy integration of REST and HTTP APIs; Amazon S3 User Guide.
const V1 = {
  resource: "/mocs/{id}",
  path: "/mocs/7",
  httpMethod: "GET",
  headers: { "X-Cutover-Run": "run-12345678" },
  requestContext: { authorizer: { claims: { sub: "alice" } } },
  body: null,
  isBase64Encoded: false,
};
const V2 = {
  version: "2.0",
  routeKey: "POST /mocs",
  rawPath: "/mocs",
  headers: { "x-cutover-run": "run-12345678" },
  requestContext: { http: { method: "POST" }, authorizer: { jwt: { claims: { sub: "bob" } } } },
  body: "eyJ9",
  isBase64Encoded: true,
};

describe("factsOf", () => {
  it("reads the event of a REST API", () => {
    const facts = factsOf(V1);
    expect(facts).toMatchObject({ http: true, subject: "alice" });
    expect(facts.header("x-cutover-run")).toBe("run-12345678");
    expect(facts.attributes).toEqual({
      "faas.trigger": "http",
      "http.request.method": "GET",
      "http.request.body.size": 0,
      "url.path": "/mocs/7",
      "http.route": "/mocs/{id}",
    });
  });

  it("reads the event of an HTTP API, whose body is counted in bytes", () => {
    const facts = factsOf(V2);
    expect(facts).toMatchObject({ http: true, subject: "bob" });
    expect(facts.header("x-cutover-run")).toBe("run-12345678");
    expect(facts.attributes).toMatchObject({
      "http.request.method": "POST",
      "http.request.body.size": 3,
      "url.path": "/mocs",
      "http.route": "/mocs",
    });
    expect(factsOf({ ...V2, body: "é", isBase64Encoded: false }).attributes).toMatchObject({ "http.request.body.size": 2 });
    expect(factsOf({ ...V2, routeKey: "$default", rawPath: "/".repeat(3000) }).attributes).toMatchObject({
      "http.route": "$default",
      "url.path": "/".repeat(1024),
    });
  });

  it("reads the event of a bucket", () => {
    const facts = factsOf({ Records: [{ eventSource: "aws:s3", s3: { bucket: { name: "images" } } }, {}] });
    expect(facts).toMatchObject({ http: false, subject: undefined });
    expect(facts.attributes).toEqual({
      "faas.trigger": "datasource",
      "faas.source": "aws:s3",
      "faas.records": 2,
      "aws.s3.bucket": "images",
    });
  });

  it.each([
    [{ Records: [{ EventSource: "aws:sns" }] }, { "faas.trigger": "pubsub", "faas.source": "aws:sns", "faas.records": 1 }],
    [{ Records: [] }, { "faas.trigger": "pubsub", "faas.source": "unknown", "faas.records": 0 }],
    [{}, { "faas.trigger": "other" }],
    [null, { "faas.trigger": "other" }],
    ["text", { "faas.trigger": "other" }],
    [{ httpMethod: "GET" }, { "faas.trigger": "http", "http.request.method": "GET", "http.request.body.size": 0 }],
  ])("takes %o for what it is", (event, attributes) => {
    const facts = factsOf(event);
    expect(facts.attributes).toEqual(attributes);
    expect(facts.header("x-amzn-trace-id")).toBeUndefined();
  });

  it.each([
    [{ claims: { sub: "a" } }, "a"],
    [{ jwt: { claims: { sub: "b" } } }, "b"],
    [{ principalId: "c", integrationLatency: 1 }, "c"],
    [{ lambda: { sub: "d" } }, "d"],
    [{ lambda: { principalId: "e" } }, "e"],
    [{ lambda: { userId: "f" } }, "f"],
    [{ claims: { sub: "" }, principalId: 7 }, undefined],
    [null, undefined],
  ])("finds who asked in %o", (authorizer, subject) => {
    expect(factsOf({ ...V1, requestContext: { authorizer } }).subject).toBe(subject);
  });
});

describe("answerOf", () => {
  const http = (status: number, size: number): unknown => ({
    status,
    attributes: { "http.response.status_code": status, "http.response.body.size": size },
  });
  it.each([
    [{ statusCode: 201, body: "é" }, http(201, 2)],
    [{ statusCode: 200, body: "AAEC", isBase64Encoded: true }, http(200, 3)],
    [{ statusCode: 204 }, http(204, 0)],
    [{ ok: true }, http(200, 11)],
    ["plain", http(200, 5)],
    [undefined, http(200, 0)],
  ])("%o", (result, wanted) => {
    expect(answerOf(result, true)).toEqual(wanted);
  });

  it("has no size where nobody is sent anything", () => {
    expect(answerOf({ marked: 1 }, false)).toEqual({ status: 200, attributes: {} });
  });
});

describe("userIdOf", () => {
  it.each([
    [undefined, {}, "anonymous"],
    ["alice", {}, createHash("sha256").update("alice").digest("hex").slice(0, 16)],
    ["alice", { TRACING_SALT: "s" }, createHmac("sha256", "s").update("alice").digest("hex").slice(0, 16)],
    ["alice", { TRACING_USER_ID: "plain" }, "alice"],
    ["alice", { TRACING_USER_ID: "off" }, undefined],
    [undefined, { TRACING_USER_ID: "off" }, undefined],
    // A word that is none of these must not let a name out.
    ["alice", { TRACING_USER_ID: "Plain" }, createHash("sha256").update("alice").digest("hex").slice(0, 16)],
  ])("%s with %o is %s", (subject, env, wanted) => {
    expect(userIdOf(subject, env)).toBe(wanted);
  });
});
