import { existsSync } from "node:fs";
import { createSecretsManager } from "@archestra/secrets-core";
import { testBackend, testOwnershipStore } from "@archestra/secrets-testkit/vitest";
import { expectCommittedConformance } from "@archestra/test-harness/committed-conformance";
import { afterAll, expect } from "vitest";
import {
  casesOfFailingHistory,
  casesOfHistory,
  casesOfPaths,
  expectNoGap,
  gapsOf,
  unsupportedBy,
} from "./gaps.ts";
import { sqliteHarness } from "./sqlite-harness.ts";

const { report } = testBackend({ name: "SQLite", harness: sqliteHarness });
const ownership = testOwnershipStore({ name: "SQLite", harness: sqliteHarness });

afterAll(async () => {
  // Of damaged files: startup/bad-files.test.ts.
  expect(gapsOf(report())).toEqual([]);
  expect(unsupportedBy(report())).toEqual([...casesOfPaths, ...casesOfHistory, ...casesOfFailingHistory]);
  expectNoGap(ownership.report());
  expect(existsSync(".archestra")).toBe(false);
  await expectCommittedConformance("db-sqlite", report(), sqliteHarness, createSecretsManager);
});
