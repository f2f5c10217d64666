import { randomUUID } from "node:crypto";
import { MemoryMocStore } from "./adapters/memory/moc-store.ts";
import { MemorySearchIndex } from "./adapters/memory/search-index.ts";
import type { Handler } from "./http.ts";
import { jsonLogger } from "./log.ts";
import type { BuildInfo, Clock, Deps } from "./ports.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Everything but the images: whoever needs those takes on the S3 client, and nobody else does. */
export type BaseDeps = Omit<Deps, "images">;

export const systemClock: Clock = () => new Date();

export const buildInfo = (env: Env): BuildInfo => ({
  version: env["APP_VERSION"] ?? "unknown",
  commit: env["APP_COMMIT"] ?? "unknown",
  stage: env["APP_STAGE"] ?? "local",
});

/** The place where a store that outlives the process is chosen, once there is one. */
export function createBaseDeps(env: Env): BaseDeps {
  const log = jsonLogger((line) => process.stdout.write(line));
  if (env["AWS_LAMBDA_FUNCTION_NAME"] !== undefined) {
    log.warn("MOCs are kept in memory: they are not shared between functions and end with this instance");
  }
  return {
    mocs: new MemoryMocStore(systemClock),
    search: new MemorySearchIndex(),
    clock: systemClock,
    newId: () => randomUUID(),
    log,
    build: buildInfo(env),
  };
}

/**
 * A Lambda entry point around a handler. It is set up at the first request and then kept, so loading the module needs
 * nothing; and every entry point passes here, so what concerns all of them (tracing, metrics) has one place.
 */
export function lambda<D>(create: (deps: D) => Handler, deps: (env: Env) => D): Handler {
  let ready: Handler | undefined;
  return (event) => {
    ready ??= create(deps(process.env));
    return ready(event);
  };
}
