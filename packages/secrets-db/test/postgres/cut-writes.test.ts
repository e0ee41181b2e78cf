import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres-database.ts";
import { cutWrites } from "./cut-writes.ts";

describePostgres("a connection that is cut while a write is in progress", () => {
  test("leaves the caller with the true outcome, or with OUTCOME_UNKNOWN", async () => {
    const { acknowledged, unknown } = await cutWrites(21);
    expect(acknowledged).toBeGreaterThan(0);
    // A deletion whose answer is lost cannot be proven.
    expect(unknown).toBeGreaterThan(0);
  });
});
