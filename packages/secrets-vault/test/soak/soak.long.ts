import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { soak } from "./soak.ts";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 600);
/**
 * In bytes. What collections leave wanders by some tens of kilobytes; a leak of one object a call would be a megabyte a
 * minute, since a minute has about 40,000 calls.
 */
const MOST_GROWTH_A_MINUTE = 100_000;

describeVault(`${SECONDS} seconds of use with faults`, () => {
  test(
    "lose no acknowledged write, leave nothing behind, and do not fill the heap",
    async () => {
      const seed = Date.now();
      const figures = await soak(SECONDS, seed);
      console.log(`seed ${seed}: ${JSON.stringify(figures)}`);
      expect(figures.slope).toBeLessThan(MOST_GROWTH_A_MINUTE);
    },
    (SECONDS + 120) * 1_000,
  );
});
