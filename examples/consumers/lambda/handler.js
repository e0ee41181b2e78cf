import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";

// Kept between calls of one instance. A failed start is tried again by the next call.
let opening;

function openSecrets() {
  opening ??= createSecretsManager({ plugins: [dbPlugin(), vaultPlugin(), tokenAuth()] }).catch((error) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

export async function handler() {
  const secrets = await openSecrets();
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const secret = await secrets.get("github_token");
  return { statusCode: 200, body: secret?.value.token };
}
