// What an application needs. Run it with ARCHESTRA_AUTH_SECRET in the environment.

// #region example
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
await secrets.set("github_token", { token: "ghp_not_a_real_token" });
const secret = await secrets.get("github_token"); // undefined when it does not exist
console.log(secret?.value.token);
await secrets.close();
// #endregion
