/* Calls of an application, which the test of the snippets starts behind each of them. */
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
await secrets.set("github_token", { token: "ghp_not_a_real_token" });
await secrets.get("github_token");
await secrets.close();
