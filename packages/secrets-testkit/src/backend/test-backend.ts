import type { CacheOptions } from "@archestra/secrets-core";
import type { ConformanceReport } from "../report/conformance-report.ts";
import type { Suite } from "../runner/conformance-case.ts";
import { type RegisteredSuite, registerSuite, runSuite, type SuiteOptions } from "../runner/run-suite.ts";
import type { TestRunner } from "../runner/test-runner.ts";
import type { BackendFixture } from "./backend-fixture.ts";
import { capabilityCases } from "./cases/capabilities.ts";
import { concurrencyCases } from "./cases/concurrency.ts";
import { errorCases } from "./cases/errors.ts";
import { existenceCases } from "./cases/existence.ts";
import { lifecycleCases } from "./cases/lifecycle.ts";
import { listingCases } from "./cases/listing.ts";
import { nameCases } from "./cases/names.ts";
import { redactionCases } from "./cases/redaction.ts";
import { valueCases } from "./cases/values.ts";
import { versionCases } from "./cases/versions.ts";
import { type HarnessOptions, onStoresOf } from "./stores-of-cases.ts";

const backendGroups = {
  values: valueCases,
  names: nameCases,
  existence: existenceCases,
  versions: versionCases,
  listing: listingCases,
  lifecycle: lifecycleCases,
  concurrency: concurrencyCases,
  errors: errorCases,
  redaction: redactionCases,
  capabilities: capabilityCases,
};

/** The groups of the suite of backends. */
export type BackendGroup = keyof typeof backendGroups;

/** The options of the suite of backends. */
export interface BackendSuiteOptions extends SuiteOptions<BackendGroup>, HarnessOptions {
  /** The cache of the clients, to test the backend through the cache of core. @default no cache */
  readonly cache?: CacheOptions | undefined;
}

/**
 * Tests a backend with any test runner: every case becomes a test. Cases that require more of the harness, or a capability
 * that the plugin does not declare, are skipped with the reason.
 *
 * `@archestra/secrets-testkit/vitest` and `@archestra/secrets-testkit/node-test` export the same function for their runner.
 *
 * @throws TypeError for an unknown group
 * @example
 * testBackend({ name: "Files", harness, describe, test });
 */
export function testBackend(options: BackendSuiteOptions & TestRunner): RegisteredSuite {
  return registerSuite(options, backendSuite(options), options);
}

/**
 * Runs the same cases one after the other, without a test runner. Failures are only in the report.
 *
 * @throws TypeError for an unknown group
 * @example
 * const { summary } = await runBackendSuite({ name: "Files", harness });
 */
export async function runBackendSuite(options: BackendSuiteOptions): Promise<ConformanceReport> {
  return runSuite(backendSuite(options), options);
}

function backendSuite(options: BackendSuiteOptions): Suite<BackendFixture> {
  const { name, cache, harness } = options;
  const independentCases = harness.independentFaults === true;
  return {
    id: "backend",
    subject: name,
    groups: backendGroups,
    independentCases,
    ...onStoresOf(options, cache),
  };
}
