import { writeFile } from "node:fs/promises";
import type { KnownToken, VaultAuthHarness } from "@archestra/secrets-testkit/vault-auth";
import { vaultPlugin } from "@archestra/secrets-vault";
import { silenceFile } from "@archestra/test-harness/silent-file";
import type { KubernetesServer } from "@archestra/test-servers/kubernetes-server";
import { type KubernetesRoleOptions, putKubernetesRole } from "@archestra/test-servers/kubernetes-vault";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { k8sAuth } from "../../src/index.ts";
import { audiences, startVaultOfPods } from "./vault-of-pods.ts";

/** A Vault for each case, on one cluster. @param cluster is started when the first case opens */
export function k8sHarness(cluster: () => KubernetesServer): VaultAuthHarness {
  return {
    async open() {
      const kubernetes = cluster();
      const role: KubernetesRoleOptions = {
        mount: "clusters/one",
        tokenTtl: "8s",
        policies: ["application"],
      };
      const { vault, tokenFile, env } = await startVaultOfPods(kubernetes, role);
      let current = "";
      let accounts = 0;
      // Kubernetes takes the token of a deleted account for 10 s after its last review: the role is told instead.
      const bind = (name: string) =>
        putKubernetesRole(vault, { ...role, audience: "vault", serviceAccounts: [name] });
      const rotate = async () => {
        const account = `application-${++accounts}`;
        await kubernetes.createServiceAccount("default", account);
        await bind(account);
        current = await kubernetes.requestToken("default", account, { audiences });
        await writeFile(tokenFile, current);
      };
      await rotate();
      return {
        plugins: [k8sAuth()],
        manager: vaultPlugin(),
        address: vault.address,
        env,
        secrets: () => [current],
        lookUp: (token) => knownToken(vault, token),
        revoke: () => bind("unknown"),
        rotate,
        silence: () => silenceFile(tokenFile),
        refused: [
          {
            what: "a role that is not there",
            env: { ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: "unknown" },
          },
          {
            what: "a mount that is not there",
            env: { ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT: "nowhere" },
          },
          {
            what: "a file that is not there",
            env: { ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: `${tokenFile}.not` },
          },
          { what: "a folder", env: { ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: vault.folder } },
        ],
        close: () => vault.stop(),
      };
    },
  };
}

async function knownToken(vault: VaultServer, token: string): Promise<KnownToken | undefined> {
  const { status, body } = await vault.request("POST", "auth/token/lookup", { token });
  if (status !== 200) return undefined;
  const { num_uses: uses, ...known } = body.data as unknown as Omit<KnownToken, "uses"> & {
    num_uses: number;
  };
  return { ...known, uses };
}
