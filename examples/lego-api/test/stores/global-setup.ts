import { main } from "../../src/migrations/main.ts";

const NEEDED = ["TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_REDIS_SERVER", "TEST_S3_ENDPOINT", "TEST_S3_BUCKET"];

/** A run without servers must not look like a pass, so it fails before any test is collected. */
export default async function setup(): Promise<void> {
  const missing = NEEDED.filter((name) => !process.env[name]);
  if (missing.length > 0) {
    throw plain(`${missing.join(", ")} is not set. The tests of the stores run against real servers: see README.md`);
  }
  await main({
    env: { DATABASE_URL: process.env["TEST_DATABASE_URL"] },
    print: () => undefined,
    folder: new URL("../../src/migrations", import.meta.url).pathname,
  });
}

/** Where in Vitest this was thrown helps nobody. */
function plain(message: string): Error {
  const error = new Error(message);
  delete error.stack;
  return error;
}
