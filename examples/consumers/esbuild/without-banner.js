import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";

try {
  await createSecretsManager({ plugins: [vaultPlugin(), tokenAuth()] });
} catch (error) {
  console.log(error.code, error.reason, error.message);
}
