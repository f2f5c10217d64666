import { createHash, randomUUID } from "node:crypto";
import { type Request, type Response, type Running, serve } from "./http.ts";

export const CLIENT_ID = "1example23456789";
export const REDIRECT = "https://app.example.com/signed-in";

export interface Cognito extends Running {
  /** A code as a user gets one by signing in, for one verifier. */
  code(codeVerifier: string): string;
  /** What the next requests meet instead of an answer that is right, one each. */
  readonly trouble: (Response | "hang" | "drop")[];
}

const bad = (error: string): Response => ({ status: 400, body: { error } });
const KNOWN = ["grant_type", "client_id", "code", "redirect_uri", "code_verifier", "scope"];

/**
 * The token endpoint, strict in what its documentation says of the grant authorization_code (source: Amazon Cognito
 * Developer Guide, "The token issuer endpoint"; RFC 6749, 4.1.3; RFC 7636, 4.6).
 */
export async function startCognito(clientSecret?: string): Promise<Cognito> {
  const challenges = new Map<string, string>();
  const trouble: Cognito["trouble"] = [];
  const running = await serve((request) => trouble.shift() ?? token(request, challenges, clientSecret));
  return Object.assign(running, {
    trouble,
    code(codeVerifier: string) {
      const code = randomUUID();
      challenges.set(code, createHash("sha256").update(codeVerifier).digest("base64url"));
      return code;
    },
  });
}

function token({ method, url, headers, text }: Request, challenges: Map<string, string>, clientSecret?: string): Response {
  if (url.pathname !== "/oauth2/token" || url.search !== "") return { status: 404, body: {} };
  if (method !== "POST") return { status: 405, body: {} };
  if (headers["content-type"] !== "application/x-www-form-urlencoded") return bad("invalid_request");
  const form = new URLSearchParams(text);
  const names = [...form.keys()];
  if (new Set(names).size !== names.length || names.some((name) => !KNOWN.includes(name))) return bad("invalid_request");
  const expected = clientSecret && `Basic ${Buffer.from(`${CLIENT_ID}:${clientSecret}`).toString("base64")}`;
  if (headers.authorization !== expected || form.get("client_id") !== CLIENT_ID) return bad("invalid_client");
  if (form.get("grant_type") !== "authorization_code") return bad("unsupported_grant_type");
  const code = form.get("code") ?? "";
  const challenge = challenges.get(code);
  // A code is gone with its first use, whether that was right or not.
  challenges.delete(code);
  const verifier = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
  if (challenge === undefined || challenge !== verifier || form.get("redirect_uri") !== REDIRECT) return bad("invalid_grant");
  return {
    status: 200,
    body: { id_token: "the-id-token", access_token: "the-access-token", refresh_token: "the-refresh-token", expires_in: 3600, token_type: "Bearer" },
  };
}
