// #region use
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { appRoleAuth } from "@archestra/vault-auth-approle";

// ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD=APPROLE selects the method.
const secrets = await createSecretsManager({ plugins: [vaultPlugin(), appRoleAuth()] });
const secret = await secrets.get("github_token"); // undefined when it does not exist
console.log(secret?.value.token);
await secrets.close();
// #endregion
