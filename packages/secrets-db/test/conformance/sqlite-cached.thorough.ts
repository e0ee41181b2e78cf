import { testBackend } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { casesOfFailingHistory, casesOfHistory, casesOfPaths, unsupportedBy } from "./gaps.ts";
import { sqliteHarness } from "./sqlite-harness.ts";

const { report } = testBackend({ name: "SQLite, cached", harness: sqliteHarness, cache: { maxAge: 60_000 } });

afterAll(() => {
  expect(report()).toMatchObject({ complete: true, summary: { failed: 0 } });
  expect(unsupportedBy(report())).toEqual([
    ...casesOfPaths,
    ...casesOfHistory,
    ...casesOfFailingHistory,
    "concurrency: another client immediately sees a write, an update and a deletion",
    "concurrency: has, list and the count of check immediately follow creations and deletions of another client",
  ]);
});
