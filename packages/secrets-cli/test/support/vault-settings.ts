import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { vaultOfTest } from "@archestra/test-servers/vault-tests";
import { tokenAuth } from "@archestra/vault-auth-token";
import { onTestFinished } from "vitest";
import { sqliteSettings } from "./sqlite-settings.ts";

type Variables = Readonly<Record<string, string>>;

/** A Vault and a SQLite database of this test alone, and the variables for both, with Vault selected. */
export async function vaultSettings(): Promise<{
  readonly server: VaultServer;
  readonly env: Variables;
  readonly folder: string;
  /** Opens the manager that the program will open, with further variables. */
  open(more?: Variables): Promise<SecretsManager>;
}> {
  const server = await vaultOfTest();
  await server.mountKv("secret", 2);
  const database = sqliteSettings();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const env = {
    ...database.env,
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
    ARCHESTRA_HASHICORP_VAULT_TOKEN: server.rootToken,
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
  };
  return {
    server,
    env,
    folder: database.folder,
    async open(more = {}) {
      const manager = await createSecretsManager({
        plugins: [dbPlugin(), vaultPlugin(), tokenAuth()],
        env: { ...env, ...more },
        logger: { warn: () => undefined },
      });
      onTestFinished(() => manager.close());
      return manager;
    },
  };
}
