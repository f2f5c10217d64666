import { connectTokens } from "./adapters/cognito/tokens.ts";
import { MemoryTokens } from "./adapters/memory/tokens.ts";
import { upstreamUnavailable } from "./domain/errors.ts";
import type { Deps, Tokens } from "./ports.ts";
import { type BaseDeps, createBaseDeps, type Env } from "./runtime.ts";

/** Without Cognito nobody signs in where others can reach us: made-up tokens are for one machine only. */
export function createTokens(env: Env): Tokens {
  if (env["COGNITO_DOMAIN"]) return connectTokens(env);
  if (env["AWS_LAMBDA_FUNCTION_NAME"] === undefined) return new MemoryTokens();
  return { exchange: () => Promise.reject(upstreamUnavailable("The sign-in service", new Error("COGNITO_DOMAIN is not set"))) };
}

export function createSessionDeps(env: Env): BaseDeps & Pick<Deps, "tokens"> {
  return { ...createBaseDeps(env), tokens: createTokens(env) };
}
