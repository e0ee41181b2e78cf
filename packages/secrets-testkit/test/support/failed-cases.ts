import { expect } from "vitest";
import { type BackendGroup, runBackendSuite } from "../../src/index.ts";
import type { BrokenBackend } from "../broken/broken-backend.ts";
import { remoteHarness } from "./remote-harness.ts";

/**
 * Runs the suite on a broken backend, and expects that it fails exactly the cases about its fault.
 *
 * @param groups the groups to run. Undefined: all
 */
export async function expectFailedCases(
  name: string,
  { wrap, opening, isEncrypted, fails }: BrokenBackend,
  groups?: readonly BackendGroup[],
): Promise<void> {
  const report = await runBackendSuite({ name, harness: remoteHarness(wrap, opening, isEncrypted), groups });
  const failed = report.cases.filter(({ status }) => status === "failed");
  expect(failed.map((result) => `${result.group}: ${result.name}`)).toEqual(fails);
  expect(report.summary.gap).toBe(0);
  for (const { reason, contract } of failed) {
    expect(reason).toMatch(/^expected: |does not expect/);
    expect(reason).toContain(`contract: ${contract}`);
  }
}
