import { AppError, upstreamUnavailable } from "../../domain/errors.ts";
import type { SessionRequest, SessionTokens } from "../../domain/session.ts";
import type { Tokens } from "../../ports.ts";
import { call } from "../../tracing/index.ts";
import { isLoopback } from "../loopback.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface CognitoOptions {
  readonly base: URL;
  readonly clientId: string;
  /** Only an app client that was made with one has it. */
  readonly clientSecret?: string;
  readonly timeoutMs?: number;
}

/**
 * Cognito's token endpoint (source: Amazon Cognito Developer Guide, "The token issuer endpoint"). A code holds once, so
 * nothing is tried twice. No error and no trace holds a code, a verifier, a secret or a token.
 */
export class CognitoTokens implements Tokens {
  private readonly options: CognitoOptions;

  constructor(options: CognitoOptions) {
    this.options = options;
  }

  async exchange(request: SessionRequest): Promise<SessionTokens> {
    const { base } = this.options;
    let refused: unknown;
    try {
      const tokens = await call({ system: "cognito", operation: "token", address: base.hostname }, async (note) => {
        const { status, body } = await this.send(request);
        note.set("http.response.status_code", status);
        if (status === 200) return toTokens(body);
        refused = body["error"];
        // Its user's doing, not Cognito's trouble: the span is none of an error.
        if (status === 400 && refused === "invalid_grant") return undefined;
        throw new Error(`Cognito answered ${status} to token${known(refused)}`);
      });
      if (tokens !== undefined) return tokens;
    } catch (error) {
      throw upstreamUnavailable("The sign-in service", error);
    }
    throw new AppError("invalid_grant", "The code does not hold: it was used before, has expired or is another app's.");
  }

  private async send({ code, redirectUri, codeVerifier }: SessionRequest): Promise<{ status: number; body: Record<string, unknown> }> {
    const { base, clientId, clientSecret, timeoutMs = 3000 } = this.options;
    const form = {
      grant_type: "authorization_code",
      client_id: clientId,
      code,
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
    };
    const basic = clientSecret && `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
    const response = await fetch(new URL("/oauth2/token", base), {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...(basic && { authorization: basic }) },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
    });
    return { status: response.status, body: parse(await response.text()) };
  }
}

/** The client of the environment. COGNITO_DOMAIN is a host; with http:// it must be on this machine. */
export function connectTokens(env: Env): CognitoTokens {
  const domain = env["COGNITO_DOMAIN"] ?? "";
  const clientId = env["COGNITO_CLIENT_ID"];
  const clientSecret = env["COGNITO_CLIENT_SECRET"];
  const text = domain.includes("://") ? domain : `https://${domain}`;
  const base = URL.canParse(text) ? new URL(text) : undefined;
  const secure = base?.protocol === "https:" || (base?.protocol === "http:" && isLoopback(base.hostname));
  if (base === undefined || !secure || base.pathname !== "/" || base.username !== "") {
    throw new Error(`COGNITO_DOMAIN must be a host such as example.auth.us-east-1.amazoncognito.com, not "${domain}"`);
  }
  if (!clientId) throw new Error("COGNITO_CLIENT_ID is not set: it must name the app client that COGNITO_DOMAIN knows");
  return new CognitoTokens({ base, clientId, ...(clientSecret && { clientSecret }) });
}

// source: RFC 6749, section 5.2. Anything else might be anything, so it is not repeated.
const ERRORS = ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"];

const known = (error: unknown): string => (typeof error === "string" && ERRORS.includes(error) ? `: ${error}` : "");

function toTokens(body: Record<string, unknown>): SessionTokens {
  const { access_token, id_token, refresh_token, token_type, expires_in } = body;
  if (typeof access_token !== "string" || typeof id_token !== "string" || typeof token_type !== "string" || typeof expires_in !== "number") {
    throw new Error("Cognito answered 200 to token, but without the tokens of the scope openid");
  }
  return {
    accessToken: access_token,
    idToken: id_token,
    ...(typeof refresh_token === "string" && { refreshToken: refresh_token }),
    tokenType: token_type,
    expiresInSeconds: expires_in,
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
