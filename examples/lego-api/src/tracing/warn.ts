import { messageOf } from "./errors.ts";

const said = new Set<string>();

/** Tracing that fails must show, and must not fill the log: each trouble is told once an instance. */
export function warnOnce(message: string, error?: unknown): void {
  if (said.has(message)) return;
  said.add(message);
  const detail = error === undefined ? {} : { error: messageOf(error) };
  process.stdout.write(`${JSON.stringify({ level: "warn", message, ...detail })}\n`);
}

/** For tests, where many instances live in one process. */
export function forgetWarnings(): void {
  said.clear();
}
