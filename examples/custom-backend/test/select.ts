/* The program of the README. CI runs it where the packages are installed, with the variables that it needs. */
// #region select
import { createSecretsManager } from "@archestra/secrets-core";
import { filesPlugin } from "secrets-files";

const secrets = await createSecretsManager({ plugins: [filesPlugin()] });
await secrets.set("github_token", { token: "ghp_not_a_real_token" });
console.log((await secrets.get("github_token"))?.value.token);
await secrets.close();
// #endregion
