// #region use
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { jwtAuth } from "@archestra/vault-auth-jwt";

/** Requests a token of this job. The job needs `permissions: { id-token: write }`. */
async function jobToken(): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
  const response = await fetch(`${url}&audience=vault`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`GitHub issued no token: HTTP ${response.status}.`);
  const { value } = (await response.json()) as { value: string };
  return value;
}

const secrets = await createSecretsManager({
  plugins: [vaultPlugin(), jwtAuth({ token: jobToken, role: "shop" })],
});
// #endregion
console.log((await secrets.get("github_token"))?.value.token);
await secrets.close();
