import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/stores/**/*.test.ts"],
    globalSetup: ["test/stores/global-setup.ts"],
    // They share a database.
    fileParallelism: false,
    env: {
      TZ: "UTC",
      AWS_ENDPOINT_URL_S3: process.env["TEST_S3_ENDPOINT"] ?? "",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
    testTimeout: 20_000,
    unstubEnvs: true,
    restoreMocks: true,
  },
});
