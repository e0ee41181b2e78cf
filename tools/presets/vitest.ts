import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Which suite runs: the one of every change, or the one of minutes (`pnpm test:long`). */
const long = process.env.npm_lifecycle_event === "test:long";
/** Whether the suite of every change is run whole, as before a merge, or leaves out the combinations of what it tests. */
const thorough = Boolean(process.env.CI || process.env.UPDATE_CONFORMANCE);
const shortTests = thorough ? ["test/**/*.test.ts", "test/**/*.thorough.ts"] : ["test/**/*.test.ts"];

/** The one test configuration of every package. */
export function packageTests(
  options: {
    setupFiles?: string[];
    globalSetup?: string[];
    /** How many files run at a time; more than cores for tests that mostly wait. @default vitest's own */
    maxWorkers?: number;
    /** How many concurrent tests of a file run at a time. @default vitest's own */
    maxConcurrency?: number;
  } = {},
): ViteUserConfig {
  const timeout = long ? 1_200_000 : 600_000;
  return defineConfig({
    test: {
      include: long ? ["test/**/*.long.ts"] : shortTests,
      setupFiles: options.setupFiles ?? [],
      globalSetup: options.globalSetup ?? [],
      ...(options.maxWorkers === undefined ? {} : { maxWorkers: options.maxWorkers }),
      ...(options.maxConcurrency === undefined ? {} : { maxConcurrency: options.maxConcurrency }),
      passWithNoTests: long,
      testTimeout: timeout,
      // A hook that searches all that was printed, or opens a store, is as slow on a busy machine as a test.
      hookTimeout: timeout,
      reporters: ["default"],
    },
  });
}
