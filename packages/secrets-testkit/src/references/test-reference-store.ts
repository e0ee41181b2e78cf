import type { BackendFixture } from "../backend/backend-fixture.ts";
import type { BackendHarness } from "../backend/backend-harness.ts";
import { onStoresOf } from "../backend/stores-of-cases.ts";
import type { ConformanceReport } from "../report/conformance-report.ts";
import type { Suite } from "../runner/conformance-case.ts";
import { type RegisteredSuite, registerSuite, runSuite, type SuiteOptions } from "../runner/run-suite.ts";
import type { TestRunner } from "../runner/test-runner.ts";
import { changeCases } from "./cases/changes.ts";
import { findCases } from "./cases/find.ts";
import { moveCases } from "./cases/moves.ts";
import { ownershipCases } from "./cases/ownership.ts";
import { rowListingCases } from "./cases/row-listing.ts";

const referenceStoreGroups = {
  find: findCases,
  changes: changeCases,
  moves: moveCases,
  ownership: ownershipCases,
  listing: rowListingCases,
};

/** The groups of the suite of reference stores. */
export type ReferenceStoreGroup = keyof typeof referenceStoreGroups;

/** What the suite of reference stores takes. */
export interface ReferenceStoreSuiteOptions extends SuiteOptions<ReferenceStoreGroup> {
  /** Makes the stores that the plugin is tested on: the same harness as for the suite of backends. */
  readonly harness: BackendHarness;
}

/**
 * Tests the table of owners that a backend offers as `references`, with a test runner of any kind. For a backend that
 * offers none, every case is unsupported.
 *
 * @throws TypeError for a group that there is not
 */
export function testReferenceStore(options: ReferenceStoreSuiteOptions & TestRunner): RegisteredSuite {
  return registerSuite(options, referenceStoreSuite(options), options);
}

/**
 * Runs the same cases one after the other, without a test runner. It does not fail when a case does: the report says so.
 *
 * @throws TypeError for a group that there is not
 */
export async function runReferenceStoreSuite(
  options: ReferenceStoreSuiteOptions,
): Promise<ConformanceReport> {
  return runSuite(referenceStoreSuite(options), options);
}

function referenceStoreSuite({ name, harness }: ReferenceStoreSuiteOptions): Suite<BackendFixture> {
  return { id: "reference-store", subject: name, groups: referenceStoreGroups, ...onStoresOf(harness) };
}
