import { describe, expect, it } from "vitest";
import { codeFor } from "../../../src/adapters/memory/tokens.ts";
import { upstreamUnavailable } from "../../../src/domain/errors.ts";
import { createSession } from "../../../src/handlers/create-session.ts";
import { bodyOf, jsonEvent, testDeps } from "../support.ts";

const errorOf = (result: { body: string }): unknown => (JSON.parse(result.body) as { error: unknown }).error;

describe("create-session", () => {
  const codeVerifier = "v".repeat(43);
  const request = { code: codeFor(codeVerifier), redirectUri: "https://app.example.com/in", codeVerifier };

  it("answers with tokens, and with 400 where the code was used", async () => {
    const handler = createSession(testDeps());
    const result = await handler(jsonEvent(request));
    expect(result.statusCode).toBe(201);
    expect(bodyOf(result)).toMatchObject({ tokenType: "Bearer", expiresInSeconds: 3600 });
    const again = await handler(jsonEvent(request));
    expect(again.statusCode).toBe(400);
    expect(errorOf(again)).toMatchObject({ code: "invalid_grant" });
  });

  it("answers 502 for trouble that is not the caller's, and logs what it was", async () => {
    const deps = testDeps();
    const tokens = { exchange: () => Promise.reject(upstreamUnavailable("The sign-in service", new Error("Cognito answered 500"))) };
    const result = await createSession({ ...deps, tokens })(jsonEvent(request));
    expect(result.statusCode).toBe(502);
    expect(result.body).not.toContain("500");
    expect(deps.lines).toMatchObject([{ level: "error", details: { requestId: "request-1", cause: "Error: Cognito answered 500" } }]);
  });

  it.each([
    ["nothing", {}, ["code", "redirectUri", "codeVerifier"]],
    ["a code with a space", { ...request, code: "a b" }, ["code"]],
    ["plain http", { ...request, redirectUri: "http://app.example.com/" }, ["redirectUri"]],
    ["a redirect with a fragment", { ...request, redirectUri: "https://app.example.com/#x" }, ["redirectUri"]],
    ["no address", { ...request, redirectUri: "app" }, ["redirectUri"]],
    ["an app's own scheme", { ...request, redirectUri: "javascript:alert(1)" }, ["redirectUri"]],
    ["a short verifier", { ...request, codeVerifier: "v".repeat(42) }, ["codeVerifier"]],
    ["a long verifier", { ...request, codeVerifier: "v".repeat(129) }, ["codeVerifier"]],
  ])("refuses %s", async (_name, body, fields) => {
    const result = await createSession(testDeps())(jsonEvent(body));
    expect(result.statusCode).toBe(400);
    expect((errorOf(result) as { fields: { field: string }[] }).fields.map((entry) => entry.field)).toEqual(fields);
  });

  it("takes http on this machine", async () => {
    const local = { ...request, redirectUri: "http://localhost:5173/in" };
    expect((await createSession(testDeps())(jsonEvent(local))).statusCode).toBe(201);
  });
});
