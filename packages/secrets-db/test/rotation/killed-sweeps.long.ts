import { expect, test } from "vitest";
import { describeEachDatabase } from "../support/each-database.ts";
import { killSweepers } from "./kill-sweepers.ts";

describeEachDatabase("a sweep", (create) => {
  test("that is killed fifty times continues, and ends with every secret complete under the new key", async () => {
    const { movedBeforeDeath } = await killSweepers(await create(), 50, 60_000);
    console.log(`50 sweeps killed, ${movedBeforeDeath} of them after they had moved secrets`);
    expect(movedBeforeDeath).toBeGreaterThanOrEqual(25);
  });
});
