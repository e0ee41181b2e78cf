// #region use
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { jwtAuth } from "@archestra/vault-auth-jwt";

// ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD=JWT selects the method.
const secrets = await createSecretsManager({ plugins: [vaultPlugin(), jwtAuth()] });
const secret = await secrets.get("github_token"); // undefined when it does not exist
console.log(secret?.value.token);
await secrets.close();
// #endregion
