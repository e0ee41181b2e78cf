import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

// #region cache
const secrets = await createSecretsManager({
  plugins: [dbPlugin()],
  cache: { maxAge: 30_000, maxEntries: 1_000 },
});
// #endregion
await secrets.close();
