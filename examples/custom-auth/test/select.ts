/* The program of the README, which the check of types compiles against the built package. */
// #region select
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { appRoleAuth } from "vault-auth-approle";

const secrets = await createSecretsManager({ plugins: [vaultPlugin(), appRoleAuth()] });
// #endregion
await secrets.close();
