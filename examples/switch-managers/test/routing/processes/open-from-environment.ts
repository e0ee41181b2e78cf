import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";

/** A manager as an application opens it, which has nothing to warn of to anybody. */
export function openFromEnvironment(): Promise<SecretsManager> {
  return createSecretsManager({ plugins: [dbPlugin(), vaultPlugin(), tokenAuth()], logger: { warn() {} } });
}
