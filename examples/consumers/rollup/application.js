import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";

const secrets = await createSecretsManager({ plugins: [dbPlugin(), vaultPlugin(), tokenAuth()] });
await secrets.set("github_token", { token: "ghp_not_a_real_token" });
const secret = await secrets.get("github_token");
console.log(secret?.value.token);
await secrets.close();
