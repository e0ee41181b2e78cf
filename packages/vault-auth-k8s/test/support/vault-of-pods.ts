import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "@archestra/secrets-core";
import type { KubernetesServer } from "@archestra/test-servers/kubernetes-server";
import {
  configureVaultKubernetes,
  type KubernetesRoleOptions,
} from "@archestra/test-servers/kubernetes-vault";
import { startVault, type VaultServer } from "@archestra/test-servers/vault-server";

/** Whom the tokens of the tests are for. */
export const audiences = ["vault"];

const policy = `
path "secret/data/archestra/*" { capabilities = ["create", "update", "read"] }
path "secret/metadata/archestra/*" { capabilities = ["read", "list", "delete"] }
`;

/** A Vault that a service account of a cluster may log in to, whose token is in a file as in a pod. */
export interface VaultOfPods {
  readonly vault: VaultServer;
  readonly tokenFile: string;
  readonly env: Environment;
}

/** Makes the account `application` and a role of that name for it. */
export async function startVaultOfPods(
  kubernetes: KubernetesServer,
  role: KubernetesRoleOptions = {},
): Promise<VaultOfPods> {
  const vault = await startVault({ audit: true });
  try {
    await vault.mountKv("secret", 2);
    await vault.putPolicy("application", policy);
    await kubernetes.createServiceAccount("default", "application");
    const options = { audience: "vault", policies: ["application"], ...role };
    await configureVaultKubernetes(vault, kubernetes, options);
    const tokenFile = join(vault.folder, "token");
    await writeFile(tokenFile, `${await kubernetes.requestToken("default", "application", { audiences })}\n`);
    return { vault, tokenFile, env: podEnv(vault.address, tokenFile, options.mount) };
  } catch (error) {
    await vault.stop();
    throw error;
  }
}

function podEnv(address: string, tokenFile: string, mount = "kubernetes"): Environment {
  return {
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_HASHICORP_VAULT_ADDR: address,
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "K8S",
    ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: "application",
    ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: tokenFile,
    ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT: mount,
  };
}
