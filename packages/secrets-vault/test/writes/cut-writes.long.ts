import { expect, test } from "vitest";
import { describeVault } from "../../../../tools/test-servers/vault-tests.ts";
import { cutWrites } from "./cut-writes.ts";

const TIMES = 500;

describeVault("a connection that is cut while a write is under way, 500 times", () => {
  test.for([2, 1] as const)(
    "on KV %i leaves the caller with the truth, or told that nobody knows",
    async (kv) => {
      const seed = Date.now();
      const report = await cutWrites(kv, TIMES, seed);
      console.log(`${TIMES} writes on KV ${kv}, seed ${seed}: ${JSON.stringify(report)}`);
      expect(report.cuts).toBeGreaterThanOrEqual(TIMES);
      expect(report.acknowledged).toBeGreaterThan(0);
    },
  );
});
