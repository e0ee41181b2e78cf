import { expect, test } from "vitest";
import { type RunOptions, runClients } from "../src/run-clients.ts";
import { expectOneRefreshAnExpiry } from "./expect-one-refresh.ts";
import { describeEachStore } from "./stores.ts";

const common = {
  processes: 8,
  callers: 100,
  pause: 5_000,
  accessTokenSeconds: 2,
  margin: 1_000,
  lease: 30_000,
  isAbortable: true,
  answerDelay: 50,
} satisfies Partial<RunOptions>;

describeEachStore((create) => {
  test("8 processes with 100 callers each make exactly one refresh for each expiry for two minutes, and no call fails", async () => {
    const options = { ...common, way: "refresh", milliseconds: 120_000, env: await create() } as const;
    const report = await runClients(options);
    const { calls, late, refreshes } = report;
    console.log({ calls, late, failed: report.failures.length, refreshes: refreshes.length });
    expectOneRefreshAnExpiry(report, options);
  });

  test("with get() and set() instead, they lose their grant within three minutes", async () => {
    const report = await runClients({
      ...common,
      way: "set",
      milliseconds: 180_000,
      endsWithGrant: true,
      env: await create(),
    });
    console.log({ seconds: report.milliseconds / 1_000, refreshes: report.refreshes.length });
    expect(report.revokedGrants).toBe(1);
    expect(report.reusedTokens).toBeGreaterThan(0);
  });
});
