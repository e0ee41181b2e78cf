import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

async function openSecrets(): Promise<SecretsManager> {
  return createSecretsManager({ plugins: [dbPlugin()] });
}

async function main(): Promise<void> {
  const secrets = await openSecrets();
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const secret = await secrets.get("github_token");
  console.log(secret?.value.token);
  await secrets.close();
}

main();
