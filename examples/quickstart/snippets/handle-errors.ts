import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });

// #region handle
import { isSecretsError } from "@archestra/secrets-core";

try {
  await secrets.create("github_token", { token: "ghp_not_a_real_token" });
} catch (error) {
  if (isSecretsError(error, "ALREADY_EXISTS")) console.log("Kept the existing secret.");
  else if (isSecretsError(error) && error.retryable) console.log("Try again later:", error.code);
  else throw error;
}
// #endregion
await secrets.close();
