import { describeVault } from "@archestra/test-servers/vault-tests";
import { test } from "vitest";
import { soak } from "./soak.ts";

const SECONDS = 15;

// Too short to say anything about the heap: soak.long.ts does.
describeVault(`${SECONDS} seconds of use with faults`, () => {
  test("lose no acknowledged write, show no value or token, and leave no timer, socket or token behind", async () => {
    const seed = Date.now();
    const figures = await soak(SECONDS, seed);
    console.log(`seed ${seed}: ${JSON.stringify(figures)}`);
  });
});
