import { createHash, randomBytes } from "node:crypto";
import { AppError } from "../../domain/errors.ts";
import type { SessionRequest, SessionTokens } from "../../domain/session.ts";
import type { Tokens } from "../../ports.ts";

/** The code that MemoryTokens takes for a verifier: its PKCE challenge, as there is nobody here to hand out codes. */
export const codeFor = (codeVerifier: string): string => createHash("sha256").update(codeVerifier).digest("base64url");

const MAX_USED = 10_000;

/** Stands in for Cognito on one machine: a code holds once, and only with its verifier. Its tokens open nothing. */
export class MemoryTokens implements Tokens {
  private readonly used = new Set<string>();

  exchange({ code, codeVerifier }: SessionRequest): Promise<SessionTokens> {
    if (code !== codeFor(codeVerifier) || this.used.has(code)) {
      return Promise.reject(new AppError("invalid_grant", "The code does not hold: it was used before or is another app's."));
    }
    if (this.used.size >= MAX_USED) this.used.clear();
    this.used.add(code);
    const token = (): string => `local-${randomBytes(24).toString("base64url")}`;
    return Promise.resolve({ accessToken: token(), idToken: token(), refreshToken: token(), tokenType: "Bearer", expiresInSeconds: 3600 });
  }
}
