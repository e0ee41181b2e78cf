/*
 * The suites for vitest. Tests of a plugin import this file; nothing else in the package needs vitest.
 */
import { describe, test } from "vitest";
import { type BackendSuiteOptions, testBackend as testBackendWith } from "./backend/test-backend.ts";
import {
  type OwnershipStoreSuiteOptions,
  testOwnershipStore as testOwnershipStoreWith,
} from "./ownership/test-ownership-store.ts";
import { type PluginSuiteOptions, testPlugin as testPluginWith } from "./plugin/test-plugin.ts";
import { LONGEST_CASE_TIMEOUT } from "./runner/run-case.ts";
import type { RegisteredSuite } from "./runner/run-suite.ts";
import type { TestRunner } from "./runner/test-runner.ts";

/** The functions of vitest, for suites that take a runner, such as `testVaultAuth`. */
export const runner: TestRunner = {
  describe,
  describeTogether(name, lists) {
    for (const list of lists) describe.concurrent(name, list);
  },
  // The suite has a limit of its own, which says more, and decides which cases run at the same time.
  test: (name, body) => test(name, { timeout: 2 * LONGEST_CASE_TIMEOUT, concurrent: false }, body),
};

/** Tests a backend: see `testBackend` of `@archestra/secrets-testkit`. */
export function testBackend(options: BackendSuiteOptions): RegisteredSuite {
  return testBackendWith({ ...options, ...runner });
}

/** Tests an ownership table: see `testOwnershipStore` of `@archestra/secrets-testkit`. */
export function testOwnershipStore(options: OwnershipStoreSuiteOptions): RegisteredSuite {
  return testOwnershipStoreWith({ ...options, ...runner });
}

/** Tests a plugin's descriptor: see `testPlugin` of `@archestra/secrets-testkit`. */
export function testPlugin(options: PluginSuiteOptions): RegisteredSuite {
  return testPluginWith({ ...options, ...runner });
}
