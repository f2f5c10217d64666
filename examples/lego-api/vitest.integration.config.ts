import { defineConfig } from "vitest/config";

declare module "vitest" {
  export interface ProvidedContext {
    baseUrl: string;
  }
}

export default defineConfig({
  test: {
    include: ["test/integration/**/*.test.ts"],
    globalSetup: ["test/integration/global-setup.ts"],
    // Read here, because Vite puts its own BASE_URL ("/") into the environment later if there is none.
    provide: { baseUrl: process.env["BASE_URL"] ?? "" },
    // The far side may be a cold Lambda, and may be shared: patient, and one request at a time.
    testTimeout: 30_000,
    fileParallelism: false,
  },
});
