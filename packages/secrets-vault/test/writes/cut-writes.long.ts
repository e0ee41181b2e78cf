import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { cutWrites } from "./cut-writes.ts";

const TIMES = 500;

describeVault("a connection that is cut while a write is in progress, 500 times", () => {
  test.for([2, 1] as const)(
    "on KV %i returns the true outcome to the caller, or that it is unknown",
    async (kv) => {
      const seed = Date.now();
      const report = await cutWrites(kv, TIMES, seed);
      console.log(`${TIMES} writes on KV ${kv}, seed ${seed}: ${JSON.stringify(report)}`);
      expect(report.cuts).toBeGreaterThanOrEqual(TIMES);
      expect(report.acknowledged).toBeGreaterThan(0);
    },
  );
});
