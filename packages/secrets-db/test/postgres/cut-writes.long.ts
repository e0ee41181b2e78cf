import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres-database.ts";
import { cutWrites } from "./cut-writes.ts";

describePostgres("a connection that is cut while a write is in progress, 200 times", () => {
  test("leaves the caller with the true outcome, or with OUTCOME_UNKNOWN", async () => {
    const report = await cutWrites(200);
    console.log(`200 cuts: ${JSON.stringify(report)}`);
    expect(report.acknowledged).toBeGreaterThan(0);
  });
});
