import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/unit/**/*.test.ts"],
    // A busy machine is no fault. Limits of time below are those of what would hang without them.
    testTimeout: 30_000,
    // Some tests wait rather than compute; by default a machine with two cores has one worker.
    maxWorkers: Math.max(3, availableParallelism()),
    env: {
      // Whatever the machine's settings are, a test must not depend on them.
      TZ: "UTC",
      // Empty is not set: where a machine has an AWS of its own, tests that look at addresses see AWS's.
      AWS_ENDPOINT_URL: "",
      AWS_ENDPOINT_URL_S3: "",
      // Deployed functions run on Node 22; that the SDK will leave Node 20 behind need not be said in every run.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
    unstubEnvs: true,
    unstubGlobals: true,
    restoreMocks: true,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "lcov", "json-summary"],
      reportsDirectory: "coverage",
      // Also when a test fails: the gate wants the number, not its absence.
      reportOnFailure: true,
    },
  },
});
