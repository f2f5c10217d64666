import { randomUUID } from "node:crypto";
import type { APIGatewayProxyResult } from "aws-lambda";
import type { ProxyEvent } from "./http.ts";
import { jsonLogger } from "./log.ts";
import type { BuildInfo, Clock, Deps } from "./ports.ts";
import { traced } from "./tracing/index.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Everything but the stores. */
export type BaseDeps = Pick<Deps, "clock" | "newId" | "log" | "build">;

export const systemClock: Clock = () => new Date();

export const buildInfo = (env: Env): BuildInfo => ({
  version: env["APP_VERSION"] ?? "unknown",
  commit: env["APP_COMMIT"] ?? "unknown",
  stage: env["APP_STAGE"] ?? "local",
});

/** What every function has. Stores are chosen in the files beside this one, so that nobody ships one without a use for it. */
export function createBaseDeps(env: Env): BaseDeps {
  const log = jsonLogger((line) => process.stdout.write(line));
  return { clock: systemClock, newId: () => randomUUID(), log, build: buildInfo(env) };
}

/** In Lambda memory is nobody's store: whoever falls back to it there says so. */
export function warnOfMemory(env: Env, { log }: BaseDeps, what: string, variable: string): void {
  if (env["AWS_LAMBDA_FUNCTION_NAME"] === undefined) return;
  log.warn(`${what} in memory, as ${variable} is not set: not shared between functions, and gone with this instance`);
}

/**
 * A Lambda entry point around a handler. It is set up at the first request and then kept, so loading the module needs
 * nothing; and every entry point passes here, so what concerns all of them (tracing, metrics) has one place.
 */
export function lambda<D, Event = ProxyEvent, Result = APIGatewayProxyResult>(
  operation: string,
  create: (deps: D) => (event: Event) => Promise<Result>,
  deps: (env: Env) => D,
): (event: Event) => Promise<Result> {
  let ready: ((event: Event) => Promise<Result>) | undefined;
  return traced(operation, async (event: Event) => {
    ready ??= create(deps(process.env));
    return ready(event);
  });
}
