import { expect, test } from "vitest";
import { describeEachDatabase } from "../support/each-database.ts";
import { killSweepers } from "./kill-sweepers.ts";

describeEachDatabase("a sweep", (create) => {
  test("that is killed six times continues, and ends with every secret complete under the new key", async () => {
    const { movedBeforeDeath } = await killSweepers(await create(), 6, 12_000);
    expect(movedBeforeDeath).toBeGreaterThanOrEqual(2);
  });
});
