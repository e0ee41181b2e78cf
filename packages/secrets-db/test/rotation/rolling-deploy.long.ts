import { expect, test } from "vitest";
import { describeEachDatabase } from "../support/each-database.ts";
import { rollProcesses } from "./roll-processes.ts";

describeEachDatabase("a rolling deploy of a new key, forward and back, under load for a minute", (create) => {
  test("fails no read, loses no write, and leaves no secret on a key that no process has", async () => {
    const report = await rollProcesses(await create(), { processes: 4, milliseconds: 2_850 });
    console.log(`rolling deploy: ${JSON.stringify(report)}`);
    expect(report.restarts).toBe(20);
  });
});
