import { createSecretsManager, rebindPaths } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";

// ARCHESTRA_HASHICORP_VAULT_SECRET_PATH is the new prefix, and the values were copied there.
const secrets = await createSecretsManager({ plugins: [dbPlugin(), vaultPlugin(), tokenAuth()] });

// #region rebind
const { done, failures } = await rebindPaths(secrets);
for (const { name, error } of failures) console.error(name, error.code, error.reason, error.message);
console.log(done, "rewritten");
// #endregion

await secrets.close();
