/*
 * The suites for the test runner that comes with Node.
 */
import { describe, test } from "node:test";
import { type BackendSuiteOptions, testBackend as testBackendWith } from "./backend/test-backend.ts";
import {
  type OwnershipStoreSuiteOptions,
  testOwnershipStore as testOwnershipStoreWith,
} from "./ownership/test-ownership-store.ts";
import { type PluginSuiteOptions, testPlugin as testPluginWith } from "./plugin/test-plugin.ts";
import type { RegisteredSuite } from "./runner/run-suite.ts";
import type { TestRunner } from "./runner/test-runner.ts";

/** The functions of `node:test`, for suites that take a runner, such as `testVaultAuth`. */
export const runner: TestRunner = {
  describe: (name, body) => describe(name, body),
  // The tests of the first list start first, so each list occupies one of the places.
  describeTogether: (name, lists) =>
    describe(name, { concurrency: lists.length }, () => {
      for (const list of lists) list();
    }),
  test: (name, body) => test(name, (context) => body({ skip: (reason) => context.skip(reason) })),
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
