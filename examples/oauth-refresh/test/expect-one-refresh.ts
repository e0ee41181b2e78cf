import { expect } from "vitest";
import type { RunOptions, RunReport } from "../src/run-clients.ts";

/** Asserts exactly one refresh for each expiry, as the authorization server has counted, and that no call failed. */
export function expectOneRefreshAnExpiry(
  { failures, refusals, reusedTokens, revokedGrants, refreshes, milliseconds }: RunReport,
  { accessTokenSeconds, margin }: RunOptions,
): void {
  expect(failures).toEqual([]);
  expect(refusals).toEqual([]);
  expect({ reusedTokens, revokedGrants }).toEqual({ reusedTokens: 0, revokedGrants: 0 });
  // Each refresh token is the one that the refresh before it returned.
  expect(refreshes.slice(1).map(({ token }) => token)).toEqual(
    refreshes.slice(0, -1).map(({ next }) => next),
  );
  // No token is replaced before it is about to expire.
  const lifetime = accessTokenSeconds * 1_000 - margin;
  expect(refreshes.length).toBeGreaterThan(1);
  expect(refreshes.length).toBeLessThanOrEqual(milliseconds / lifetime + 1);
}
