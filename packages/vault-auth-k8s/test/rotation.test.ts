import { type KubernetesServer, startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { describeKubernetes } from "@archestra/test-servers/kubernetes-tests";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runRotation } from "./support/rotation.ts";

describeKubernetes("a service-account token that is replaced", () => {
  let kubernetes: KubernetesServer;
  beforeAll(async () => {
    kubernetes = await startKubernetes();
  });
  afterAll(() => kubernetes?.stop());

  test.concurrent("fails no call, and each one is used", async () => {
    const role = { tokenTtl: "2s", tokenMaxTtl: "4s" };
    const rotation = { role, seconds: 12, everySeconds: 3 };
    const { accounts, tokens } = await runRotation(kubernetes, rotation);
    expect(tokens).toBe(4);
    expect(accounts.size).toBe(tokens);
  });

  test.concurrent("and is gone while a login is due, fails no call", async () => {
    // A login every three seconds: the second one while there is no token.
    const role = { tokenTtl: "6s", tokenMaxTtl: "6s" };
    const rotation = { role, seconds: 15, everySeconds: 5, missingSeconds: 2 };
    const { accounts, tokens } = await runRotation(kubernetes, rotation);
    expect(accounts.size).toBe(tokens);
  });
});
