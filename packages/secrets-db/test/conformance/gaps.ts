import type { ConformanceReport } from "@archestra/secrets-testkit";
import { expect } from "vitest";

/** What the harness of a report lacks, each reason once. */
export function gapsOf(report: ConformanceReport): string[] {
  return [
    ...new Set(report.cases.flatMap(({ status, reason }) => (status === "gap" ? [String(reason)] : []))),
  ];
}

/** The cases of paths: a database has the ownership table, and its own secrets have no path in it. */
export const casesOfPaths: readonly string[] = [
  "names: path: different names have different paths",
  "names: path: every client returns the same path for a name, also while the store is unavailable",
  "names: path: the same name has different paths in two stores",
];

/** The cases of older versions, which a database does not keep. */
export const casesOfHistory: readonly string[] = [
  "versions: history: versions are listed once each, the newest first, which is the one that get returns",
  "versions: history: a name that was never written has no versions",
  "versions: history: a deleted secret has no present version, and a new one of its name has one",
  "versions: history: no version holds its value",
  "versions: history: every client lists a version as soon as its write has ended",
  "versions: history: each name has versions of its own",
];

/** The same, with the faults of a store. */
export const casesOfFailingHistory: readonly string[] = [
  "versions: history: unavailable is UNAVAILABLE, and never an empty list",
  "versions: history: permission-denied is PERMISSION_DENIED, and never an empty list",
];

/** The cases about what the plugin does not declare. */
export function unsupportedBy(report: ConformanceReport): string[] {
  return report.cases.flatMap(({ status, group, name }) =>
    status === "unsupported" ? [`${group}: ${name}`] : [],
  );
}

/** Fails unless every case of a suite ran and passed. */
export function expectNoGap({ complete, summary, cases }: ConformanceReport): void {
  expect(complete).toBe(true);
  expect(summary).toEqual({ passed: cases.length, failed: 0, unsupported: 0, "cannot-happen": 0, gap: 0 });
}
