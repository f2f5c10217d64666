import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CognitoTokens, connectTokens } from "../../../src/adapters/cognito/tokens.ts";
import { codeFor, MemoryTokens } from "../../../src/adapters/memory/tokens.ts";
import { CLIENT_ID, type Cognito, REDIRECT, startCognito } from "../../servers/cognito.ts";

const VERIFIER = "v".repeat(43);
let server: Cognito;
beforeEach(async () => {
  server = await startCognito();
});
afterEach(() => server.stop());

// Patient, for a busy machine is no trouble of Cognito's.
const tokens = (options = {}): CognitoTokens =>
  new CognitoTokens({ base: new URL(server.url), clientId: CLIENT_ID, timeoutMs: 20_000, ...options });

const ask = (code: string, overrides = {}): Parameters<CognitoTokens["exchange"]>[0] => ({
  code,
  redirectUri: REDIRECT,
  codeVerifier: VERIFIER,
  ...overrides,
});

describe("CognitoTokens", () => {
  it("gives tokens for a code, once", async () => {
    const code = server.code(VERIFIER);
    await expect(tokens().exchange(ask(code))).resolves.toEqual({
      accessToken: "the-access-token",
      idToken: "the-id-token",
      refreshToken: "the-refresh-token",
      tokenType: "Bearer",
      expiresInSeconds: 3600,
    });
    await expect(tokens().exchange(ask(code))).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("holds a code to its verifier and its redirect", async () => {
    await expect(tokens().exchange(ask(server.code(VERIFIER), { codeVerifier: "w".repeat(43) }))).rejects.toMatchObject({ code: "invalid_grant" });
    await expect(tokens().exchange(ask(server.code(VERIFIER), { redirectUri: "https://evil.example" }))).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("proves a client that has a secret, and is refused without it", async () => {
    await server.stop();
    server = await startCognito("the-secret");
    await expect(tokens({ clientSecret: "the-secret" }).exchange(ask(server.code(VERIFIER)))).resolves.toHaveProperty("idToken");
    const refused = tokens().exchange(ask(server.code(VERIFIER)));
    await expect(refused).rejects.toMatchObject({
      code: "upstream_unavailable",
      cause: new Error("Cognito answered 400 to token: invalid_client"),
    });
  });

  it.each<[string, Cognito["trouble"][number]]>([
    ["500", { status: 500, body: { error: "the-access-token" } }],
    ["no JSON", { status: 200, body: "the-access-token" }],
    ["no object", { status: 200, body: [] }],
    ["JSON that is null", { status: 200, body: "null" }],
    ["too few tokens", { status: 200, body: { access_token: "the-access-token", token_type: "Bearer", expires_in: 1 } }],
    ["nothing in time", "hang"],
    ["nothing at all", "drop"],
  ])("calls %s Cognito's trouble, asks once and tells no secret", async (_name, trouble) => {
    server.trouble.push(trouble);
    const code = server.code(VERIFIER);
    const patience = trouble === "hang" ? { timeoutMs: 200 } : {};
    const error = (await tokens(patience).exchange(ask(code)).catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: "upstream_unavailable" });
    const told = `${error.message} ${String(error.cause)}`;
    for (const secret of [code, VERIFIER, "the-access-token"]) expect(told).not.toContain(secret);
    expect(server.requests).toHaveLength(1);
  });

  it("does without a refresh token", async () => {
    server.trouble.push({ status: 200, body: { access_token: "a", id_token: "i", token_type: "Bearer", expires_in: 1 } });
    await expect(tokens().exchange(ask("c"))).resolves.not.toHaveProperty("refreshToken");
  });
});

describe("connectTokens", () => {
  it("asks the domain of its environment, with its secret if it has one", async () => {
    await server.stop();
    server = await startCognito("s");
    const env = { COGNITO_DOMAIN: server.url, COGNITO_CLIENT_ID: CLIENT_ID, COGNITO_CLIENT_SECRET: "s" };
    await expect(connectTokens(env).exchange(ask(server.code(VERIFIER)))).resolves.toHaveProperty("accessToken");
    expect(connectTokens({ ...env, COGNITO_DOMAIN: "lego.auth.us-east-1.amazoncognito.com", COGNITO_CLIENT_SECRET: "" })).toBeInstanceOf(CognitoTokens);
  });

  it.each([
    [{}, "COGNITO_DOMAIN must be"],
    [{ COGNITO_DOMAIN: "http://example.com" }, "COGNITO_DOMAIN must be"],
    [{ COGNITO_DOMAIN: "example.com/oauth2" }, "COGNITO_DOMAIN must be"],
    [{ COGNITO_DOMAIN: "example.com" }, "COGNITO_CLIENT_ID is not set"],
  ])("refuses %o", (env, message) => {
    expect(() => connectTokens(env)).toThrow(message);
  });
});

describe("MemoryTokens", () => {
  it("takes a code once, and only with its verifier", async () => {
    const memory = new MemoryTokens();
    const code = codeFor(VERIFIER);
    await expect(memory.exchange(ask(code, { codeVerifier: "w".repeat(43) }))).rejects.toMatchObject({ code: "invalid_grant" });
    await expect(memory.exchange(ask(code))).resolves.toMatchObject({ tokenType: "Bearer", accessToken: expect.stringMatching(/^local-/) as string });
    await expect(memory.exchange(ask(code))).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("remembers used codes within bounds", async () => {
    const memory = new MemoryTokens();
    for (let n = 0; n <= 10_000; n++) {
      const codeVerifier = String(n).padStart(43, "0");
      await memory.exchange({ code: codeFor(codeVerifier), redirectUri: REDIRECT, codeVerifier });
    }
    const first = "0".repeat(43);
    await expect(memory.exchange(ask(codeFor(first), { codeVerifier: first }))).resolves.toBeDefined();
  });
});
