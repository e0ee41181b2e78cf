import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { cutWrites } from "./cut-writes.ts";

const TIMES = { 1: 30, 2: 60 } as const;

describeVault("a connection that is cut while a write is in progress", () => {
  test.for([2, 1] as const)(
    "on KV %i returns the true outcome to the caller, or that it is unknown",
    async (kv) => {
      const seed = Date.now();
      const report = await cutWrites(kv, TIMES[kv], seed);
      console.log(`${TIMES[kv]} writes on KV ${kv}, seed ${seed}: ${JSON.stringify(report)}`);
      expect(report.acknowledged).toBeGreaterThan(0);
    },
  );
});
