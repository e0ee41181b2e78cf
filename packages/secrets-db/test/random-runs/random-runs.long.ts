import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres-database.ts";
import { checkRandomRuns } from "./random-runs.ts";

describePostgres("500 random runs on SQLite and PostgreSQL, with faults", () => {
  test("no change is made after a caller's error reported that nothing happened, and no acknowledged write is lost", async () => {
    const summary = await checkRandomRuns({ runs: 500 });
    console.log(JSON.stringify(summary, undefined, 2));
    expect(summary.runs).toBe(500);
    expect(Object.keys(summary.kinds)).toEqual(
      expect.arrayContaining([
        "cut connection",
        "exhausted pool",
        "failover",
        "frozen connections",
        "killed process",
        "locked file",
        "locked table",
        "read-only database",
        "terminated sessions",
      ]),
    );
  });
});
