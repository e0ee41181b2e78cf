// #region use
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { awsAuth } from "@archestra/vault-auth-aws";

// ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD=AWS selects the method.
const secrets = await createSecretsManager({ plugins: [vaultPlugin(), awsAuth()] });
const secret = await secrets.get("github_token"); // undefined when it does not exist
console.log(secret?.value.token);
await secrets.close();
// #endregion
