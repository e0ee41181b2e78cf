// #region open
import { createSecretsManager, finalizeMigration, migrateSecrets } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";

// The same plugins and variables as those of the application, which may run at the same time.
const secrets = await createSecretsManager({ plugins: [dbPlugin(), vaultPlugin(), tokenAuth()] });
// #endregion

// #region migrate
const { done, skipped, failed, failures, stopped } = await migrateSecrets(secrets, {
  to: "VAULT",
  dryRun: process.argv.includes("--dry-run"),
  onProgress: ({ name, done, failed }) => console.log(name, done, failed),
});
for (const { name, error } of failures) console.error(name, error.code, error.reason, error.message);
console.log({ done, skipped, failed, stopped });
// #endregion

if (process.argv.includes("--finalize")) {
  // #region finalize
  // After this, a rollback is another migration.
  const finalized = await finalizeMigration(secrets);
  console.log(finalized.done, "copies removed");
  // #endregion
}

await secrets.close();
