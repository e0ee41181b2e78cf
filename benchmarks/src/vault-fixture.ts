import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { startVault, type VaultServer } from "@archestra/test-servers/vault-server";
import { tokenAuth } from "@archestra/vault-auth-token";

/** What every measurement on Vault reads: a credential as applications keep them. */
export const vaultValue = {
  type: "oauth2",
  access_token: "ya29.not-a-real-token-".padEnd(220, "x"),
  refresh_token: "1//not-a-real-refresh-token-".padEnd(110, "y"),
  expires_at: 1_790_000_000,
  scopes: ["read:user", "repo", "workflow"],
};

/**
 * A Vault in memory with KV version 2 mounted at `secret`. It shares the machine with the client, which is what is measured:
 * so it collects its garbage rarely.
 */
export async function startBenchmarkVault(): Promise<VaultServer> {
  process.env.GOGC ??= "3200";
  const server = await startVault();
  await server.mountKv("secret", 2);
  return server;
}

/** The manager under test, with the root token. */
export function openVaultManager(address: string): Promise<SecretsManager> {
  const env = {
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_HASHICORP_VAULT_ADDR: address,
    ARCHESTRA_HASHICORP_VAULT_TOKEN: "root",
  };
  return createSecretsManager({ plugins: [vaultPlugin(), tokenAuth()], env });
}
