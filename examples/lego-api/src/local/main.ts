import type { Env } from "../runtime.ts";
import { flushTracing } from "../tracing/index.ts";
import { createLocalDeps } from "./deps.ts";
import { startServer } from "./server.ts";

/** What a running process offers here; a test brings its own. */
export interface Host {
  readonly env: Env;
  readonly print: (line: string) => void;
  readonly onStopSignal: (stop: () => void) => void;
}

/** Serves until a stop signal, and settles once everything is closed. */
export async function main({ env, print, onStopSignal }: Host): Promise<void> {
  const server = await startServer({
    port: readPort(env["PORT"]),
    host: env["HOST"] ?? "127.0.0.1",
    createDeps: (uploadsUrl) => createLocalDeps(env, uploadsUrl),
  });
  print(`lego-api listens on ${server.url}`);
  await new Promise<void>((resolve) => {
    onStopSignal(resolve);
  });
  print("lego-api stops");
  await server.stop();
  await flushTracing();
}

function readPort(text = "3000"): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Error(`PORT must be a number from 0 to 65535, not "${text}"`);
}
