import { expect, test } from "vitest";
import { type RunOptions, runClients } from "../src/run-clients.ts";
import { expectOneRefreshAnExpiry } from "./expect-one-refresh.ts";
import { sqliteVariables } from "./stores.ts";

const common = {
  processes: 2,
  callers: 10,
  pause: 100,
  accessTokenSeconds: 2,
  margin: 1_000,
  lease: 30_000,
  isAbortable: true,
  answerDelay: 50,
} satisfies Partial<RunOptions>;

test("two processes that call refresh() make exactly one refresh for each expiry, and no call fails", async () => {
  const options = { ...common, way: "refresh", milliseconds: 6_000, env: sqliteVariables() } as const;
  expectOneRefreshAnExpiry(await runClients(options), options);
});

test("two processes that call get() and set() instead lose their grant", async () => {
  const report = await runClients({
    ...common,
    way: "set",
    milliseconds: 120_000,
    endsWithGrant: true,
    env: sqliteVariables(),
  });
  expect(report.revokedGrants).toBe(1);
  expect(report.reusedTokens).toBeGreaterThan(0);
  expect(report.failures).not.toEqual([]);
});
