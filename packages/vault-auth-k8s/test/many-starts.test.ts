import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { describeKubernetes } from "@archestra/test-servers/kubernetes-tests";
import { expect, test } from "vitest";
import { startVaultOfPods } from "./support/vault-of-pods.ts";

const program = fileURLToPath(new URL("./support/many-managers.ts", import.meta.url));
const PROCESSES = 4;
const MANAGERS = 200;
const WITHIN = 30_000;

describeKubernetes("200 managers in four processes that start at once", () => {
  test("are all logged in within 30 s under a quota of 50 logins a second, and none tries in a tight loop", async () => {
    const kubernetes = await startKubernetes();
    const { vault, env } = await startVaultOfPods(kubernetes);
    try {
      await vault.setRateLimitQuota("auth/kubernetes/login", 50);
      const run = () =>
        promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", program], {
          env: { PATH: process.env.PATH ?? "", ...env },
          timeout: 2 * WITHIN,
        });
      const outputs = await Promise.all(Array.from({ length: PROCESSES }, run));
      const results = outputs.map(
        ({ stdout }) =>
          JSON.parse(stdout) as { readonly slowest: number; readonly failures: Record<string, number> },
      );
      const logins = (await vault.auditedRequests()).filter(({ path }) => path === "auth/kubernetes/login");
      console.log(JSON.stringify(results), `${logins.length} logins that passed the quota`);
      for (const { slowest } of results) expect(slowest).toBeLessThan(WITHIN);
      // A refused login does not reach the audit log, and one that succeeded is not repeated.
      expect(logins).toHaveLength(MANAGERS);
      const waits = results.flatMap(({ failures }) => Object.values(failures));
      expect(waits.reduce((sum, count) => sum + count, 0)).toBeLessThan(10 * MANAGERS);
    } finally {
      await Promise.all([vault.stop(), kubernetes.stop()]);
    }
  });
});
