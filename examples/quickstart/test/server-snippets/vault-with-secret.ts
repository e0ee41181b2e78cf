import type { VaultOptions, VaultServer } from "@archestra/test-servers/vault-server";
import { vaultOfTest } from "@archestra/test-servers/vault-tests";

const policy = `
path "secret/data/*" { capabilities = ["create", "update", "read"] }
path "secret/metadata/*" { capabilities = ["read", "list", "delete"] }
`;

/** The value that the snippets read, and the line that they print. */
const token = "only-for-this-test";
export const printedToken = `${token}\n`;

/** Starts a Vault of this test alone with a policy `shop`, and with the secret `github_token`, which the snippets read. */
export async function vaultWithSecret(options?: VaultOptions): Promise<VaultServer> {
  const vault = await vaultOfTest(options);
  await vault.mountKv("secret", 2);
  await vault.putPolicy("shop", policy);
  await vault.demand("POST", "secret/data/archestra/github_token", { data: { token } });
  return vault;
}

/** The variables of every application that keeps its secrets in this Vault. @param method how it logs in */
export function vaultVariables(vault: VaultServer, method: string): Record<string, string> {
  return {
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
    ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: method,
  };
}
