import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { memoryPlugin } from "@archestra/secrets-core/memory";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { appRoleAuth } from "@archestra/vault-auth-approle";
import { awsAuth } from "@archestra/vault-auth-aws";
import { jwtAuth } from "@archestra/vault-auth-jwt";
import { k8sAuth } from "@archestra/vault-auth-k8s";
import { tokenAuth } from "@archestra/vault-auth-token";

const authMethods = [tokenAuth(), k8sAuth(), awsAuth(), appRoleAuth(), jwtAuth()];

async function openSecrets(): Promise<SecretsManager> {
  // A variable may be undefined, also with `exactOptionalPropertyTypes`: its option is then not set.
  const url = process.env.APPLICATION_DATABASE_URL;
  return createSecretsManager({
    plugins: [dbPlugin({ url }), vaultPlugin(), memoryPlugin(), ...authMethods],
  });
}

async function main(): Promise<void> {
  const secrets = await openSecrets();
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const secret = await secrets.get("github_token");
  console.log(secret?.value.token);
  await secrets.close();
}

main();
