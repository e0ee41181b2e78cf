import type { CacheOptions } from "@archestra/secrets-core";
import type { ConformanceReport } from "../report/conformance-report.ts";
import type { Suite } from "../runner/conformance-case.ts";
import { type RegisteredSuite, registerSuite, runSuite, type SuiteOptions } from "../runner/run-suite.ts";
import type { TestRunner } from "../runner/test-runner.ts";
import type { BackendFixture } from "./backend-fixture.ts";
import type { BackendHarness } from "./backend-harness.ts";
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
import { onStoresOf } from "./stores-of-cases.ts";

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

/** What the suite of backends takes. */
export interface BackendSuiteOptions extends SuiteOptions<BackendGroup> {
  /** Makes the stores that the plugin is tested on. */
  readonly harness: BackendHarness;
  /** What the clients of the suite cache, to test the backend through the cache of core. @default nothing */
  readonly cache?: CacheOptions | undefined;
}

/**
 * Tests a backend with a test runner of any kind: every case becomes a test. Cases that the harness does not let run, and
 * those about what the plugin does not declare, are skipped, with the reason.
 *
 * `@archestra/secrets-testkit/vitest` and `@archestra/secrets-testkit/node-test` have the same function with the runner in
 * place.
 *
 * @throws TypeError for a group that there is not
 */
export function testBackend(options: BackendSuiteOptions & TestRunner): RegisteredSuite {
  return registerSuite(options, backendSuite(options), options);
}

/**
 * Runs the same cases one after the other, without a test runner. It does not fail when a case does: the report says so.
 *
 * @throws TypeError for a group that there is not
 */
export async function runBackendSuite(options: BackendSuiteOptions): Promise<ConformanceReport> {
  return runSuite(backendSuite(options), options);
}

function backendSuite({ name, harness, cache }: BackendSuiteOptions): Suite<BackendFixture> {
  return { id: "backend", subject: name, groups: backendGroups, ...onStoresOf(harness, cache) };
}
