// #region fake
import type { SecretsManager } from "@archestra/secrets-core";

/** Reads the token of an integration. It receives the manager in production and a fake in a test. */
async function authorization(secrets: Pick<SecretsManager, "get">): Promise<string | undefined> {
  const secret = await secrets.get("github_token");
  return secret && `Bearer ${String(secret.value.token)}`;
}

const fake: Pick<SecretsManager, "get"> = {
  get: async (name: string) => ({ name, manager: "FAKE", value: { token: "ghp_not_a_real_token" } }),
};
console.log(await authorization(fake));
// #endregion
