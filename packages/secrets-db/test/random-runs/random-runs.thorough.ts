import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres-database.ts";
import { checkRandomRuns } from "./random-runs.ts";

describePostgres("random runs on SQLite and PostgreSQL, with faults", () => {
  test("no change is made after a caller's error reported that nothing happened, and no acknowledged write is lost", async () => {
    const { runs, calls, kinds } = await checkRandomRuns({ runs: 20 });
    expect(runs).toBe(20);
    expect(calls).toBeGreaterThan(200);
    expect(Object.keys(kinds)).toEqual(expect.arrayContaining(["failover", "postgres", "sqlite"]));
  });
});
