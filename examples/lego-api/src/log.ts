import type { Logger } from "./ports.ts";

type Details = Readonly<Record<string, unknown>>;

/** One JSON object a line, which CloudWatch Logs Insights takes apart by itself. */
export function jsonLogger(write: (line: string) => void): Logger {
  const emit = (level: string, message: string, details: Details = {}): void => {
    write(`${JSON.stringify({ level, message, ...details })}\n`);
  };
  return {
    warn(message, details) {
      emit("warn", message, details);
    },
    error(message, details) {
      emit("error", message, details);
    },
  };
}
