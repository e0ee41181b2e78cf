import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { describeKubernetes } from "@archestra/test-servers/kubernetes-tests";
import { expect, test } from "vitest";
import { k8sAuth } from "../src/index.ts";
import { startVaultOfPods } from "./support/vault-of-pods.ts";

describeKubernetes("a start with a service-account token", () => {
  test("costs the login, the proof of mount and policies, and the first read", async () => {
    const kubernetes = await startKubernetes();
    const { vault, env } = await startVaultOfPods(kubernetes);
    try {
      const data = { token: "ghp_1" };
      await vault.request("POST", "secret/data/archestra/github_token", { data });
      const manager = await createSecretsManager({ plugins: [vaultPlugin(), k8sAuth()], env });
      expect((await manager.get("github_token"))?.value).toEqual(data);
      const requests = await vault.auditedRequests();
      expect(requests.map(({ operation, path }) => `${operation} ${path}`)).toEqual([
        "update auth/kubernetes/login",
        "read sys/internal/ui/mounts/secret/data/archestra",
        "update sys/capabilities-self",
        "read secret/data/archestra/github_token",
      ]);
      expect(requests.at(-1)?.displayName).toBe("kubernetes-default-application");
      await manager.close();
      expect((await vault.auditedRequests()).at(-1)?.path).toBe("auth/token/revoke-self");
    } finally {
      await Promise.all([vault.stop(), kubernetes.stop()]);
    }
  });
});
