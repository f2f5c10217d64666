import type { TestProject } from "vitest/node";

/** A run without a target must not look like a pass, so it fails before any test is collected. */
export default function setup({ config }: TestProject): void {
  const { baseUrl } = config.provide;
  if (!baseUrl) {
    throw plain(
      "BASE_URL is not set. The integration tests run against an API that answers: set it to where that is, " +
        "for example BASE_URL=http://127.0.0.1:3000 pnpm test:integration",
    );
  }
  if (!/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw plain(`BASE_URL must be an http or https address, not "${baseUrl}"`);
  }
}

/** Where in Vitest this was thrown helps nobody. */
function plain(message: string): Error {
  const error = new Error(message);
  delete error.stack;
  return error;
}
