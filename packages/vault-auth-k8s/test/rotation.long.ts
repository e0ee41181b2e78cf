import { startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { describeKubernetes } from "@archestra/test-servers/kubernetes-tests";
import { expect, test } from "vitest";
import { runRotation } from "./support/rotation.ts";

describeKubernetes("a service-account token that is replaced for three minutes", () => {
  test("fails no call", async () => {
    const kubernetes = await startKubernetes();
    try {
      const role = { tokenTtl: "10s", tokenMaxTtl: "10s" };
      const rotation = { role, seconds: 180, everySeconds: 15, missingSeconds: 2 };
      const { logins, accounts, tokens } = await runRotation(kubernetes, rotation);
      expect(accounts.size).toBe(tokens);
      expect(logins).toBeGreaterThanOrEqual(18);
      expect(logins).toBeLessThan(60);
    } finally {
      await kubernetes.stop();
    }
  });
});
