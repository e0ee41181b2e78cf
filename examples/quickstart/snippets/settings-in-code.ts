import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const loadSecret = async () => "read-from-wherever-the-application-keeps-it";

// #region options
const secrets = await createSecretsManager({
  plugins: [dbPlugin({ url: "sqlite:.archestra/secrets.db", encryptionSecret: await loadSecret() })],
  manager: "DB", // instead of ARCHESTRA_SECRETS_MANAGER
  strict: true, // instead of ARCHESTRA_SECRETS_STRICT
});
// #endregion
await secrets.close();
