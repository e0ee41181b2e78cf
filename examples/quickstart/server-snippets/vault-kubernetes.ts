// #region use
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { k8sAuth } from "@archestra/vault-auth-k8s";

// ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD=K8S selects the method.
const secrets = await createSecretsManager({ plugins: [vaultPlugin(), k8sAuth()] });
const secret = await secrets.get("github_token"); // undefined when it does not exist
console.log(secret?.value.token);
await secrets.close();
// #endregion
