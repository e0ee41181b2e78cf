import type { BackendFixture } from "../backend/backend-fixture.ts";
import { type HarnessOptions, onStoresOf } from "../backend/stores-of-cases.ts";
import type { ConformanceReport } from "../report/conformance-report.ts";
import type { Suite } from "../runner/conformance-case.ts";
import { type RegisteredSuite, registerSuite, runSuite, type SuiteOptions } from "../runner/run-suite.ts";
import type { TestRunner } from "../runner/test-runner.ts";
import { changeCases } from "./cases/changes.ts";
import { rowListingCases } from "./cases/entry-listing.ts";
import { findCases } from "./cases/find.ts";
import { moveCases } from "./cases/moves.ts";
import { ownershipCases } from "./cases/ownership.ts";
import { refreshCases } from "./cases/refreshes.ts";

const ownershipStoreGroups = {
  find: findCases,
  changes: changeCases,
  moves: moveCases,
  refreshes: refreshCases,
  ownership: ownershipCases,
  listing: rowListingCases,
};

/** The groups of the suite of ownership stores. */
export type OwnershipStoreGroup = keyof typeof ownershipStoreGroups;

/** The options of the suite of ownership stores. */
export interface OwnershipStoreSuiteOptions extends SuiteOptions<OwnershipStoreGroup>, HarnessOptions {}

/**
 * Tests the ownership table of a backend with any test runner. For a backend without one, every case is unsupported.
 *
 * @throws TypeError for an unknown group
 */
export function testOwnershipStore(options: OwnershipStoreSuiteOptions & TestRunner): RegisteredSuite {
  return registerSuite(options, ownershipStoreSuite(options), options);
}

/**
 * Runs the same cases one after the other, without a test runner. It does not fail when a case does: the report says so.
 *
 * @throws TypeError for a group that there is not
 */
export async function runOwnershipStoreSuite(
  options: OwnershipStoreSuiteOptions,
): Promise<ConformanceReport> {
  return runSuite(ownershipStoreSuite(options), options);
}

function ownershipStoreSuite(options: OwnershipStoreSuiteOptions): Suite<BackendFixture> {
  return {
    id: "entry-store",
    subject: options.name,
    groups: ownershipStoreGroups,
    ...onStoresOf(options),
  };
}
