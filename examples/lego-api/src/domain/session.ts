import { FieldReader } from "./validation.ts";

/** What an app has in its hands after its user signed in: a code, and the secret that proves who asked for it (PKCE). */
export interface SessionRequest {
  readonly code: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
}

export interface SessionTokens {
  readonly accessToken: string;
  readonly idToken: string;
  /** A refresh need not bring a new one. */
  readonly refreshToken?: string;
  readonly tokenType: string;
  readonly expiresInSeconds: number;
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
// source: RFC 7636, section 4.1
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

export function parseSessionRequest(input: unknown): SessionRequest {
  const reader = new FieldReader(input, ["code", "redirectUri", "codeVerifier"]);
  const read = (name: string, max: number, fits: (text: string) => boolean, problem: string): string => {
    const before = reader.problems;
    const text = reader.text(name, { max });
    if (reader.problems === before && !fits(text)) reader.fail(name, problem);
    return text;
  };
  const request = {
    code: read("code", 2048, (text) => VISIBLE_ASCII.test(text), "must be visible ASCII characters"),
    redirectUri: read("redirectUri", 2048, isRedirect, "must be an https address, or http on this machine"),
    codeVerifier: read("codeVerifier", 128, (text) => VERIFIER.test(text), "must be 43 to 128 letters, digits or -._~"),
  };
  reader.finish();
  return request;
}

function isRedirect(text: string): boolean {
  if (!VISIBLE_ASCII.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, hash } = new URL(text);
  return hash === "" && (protocol === "https:" || (protocol === "http:" && LOOPBACK.includes(hostname)));
}
