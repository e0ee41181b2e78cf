import { writeFile } from "node:fs/promises";
import { join } from "node:path";
// For its declaration of `kubernetesBinary`.
import type {} from "@archestra/test-servers/kubernetes-global-setup";
import { startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { configureVaultKubernetes } from "@archestra/test-servers/kubernetes-vault";
// For its declaration of `vaultProduct`.
import type {} from "@archestra/test-servers/vault-global-setup";
import { inject, onTestFinished } from "vitest";
import type { ServerSnippet } from "./server-snippet.ts";
import { printedToken, vaultVariables, vaultWithSecret } from "./vault-with-secret.ts";

/** The namespace, the service account, the role and the policy of the README. */
const shop = "shop";

export const vaultKubernetes: ServerSnippet = {
  canRun: inject("kubernetesBinary") !== undefined && inject("vaultProduct") !== undefined,
  async prepare() {
    const kubernetes = await startKubernetes();
    onTestFinished(() => kubernetes.stop());
    const vault = await vaultWithSecret();
    await kubernetes.createNamespace(shop);
    await kubernetes.createServiceAccount(shop, shop);
    await configureVaultKubernetes(vault, kubernetes, {
      name: shop,
      audience: "vault",
      serviceAccounts: [shop],
      namespaces: [shop],
      policies: [shop],
    });
    const tokenPath = join(vault.folder, "token");
    await writeFile(tokenPath, await kubernetes.requestToken(shop, shop, { audiences: ["vault"] }));
    const env = {
      ...vaultVariables(vault, "K8S"),
      ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: shop,
      ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: tokenPath,
    };
    return { env, prints: printedToken };
  },
};
