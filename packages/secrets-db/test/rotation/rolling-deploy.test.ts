import { expect, test } from "vitest";
import { describeEachDatabase } from "../support/each-database.ts";
import { rollProcesses } from "./roll-processes.ts";

describeEachDatabase("a rolling deploy of a new key, forward and back, under load", (create) => {
  test("fails no read, loses no write, and leaves no secret on a key that no process has", async () => {
    const { increments, reads, restarts } = await rollProcesses(await create(), {
      processes: 3,
      milliseconds: 20,
    });
    expect(restarts).toBe(15);
    expect(Math.min(increments, reads)).toBeGreaterThan(20);
  });
});
