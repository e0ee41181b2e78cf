import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TokenIssuer } from "@archestra/test-servers/token-issuer";
// For its declaration of `hasOpenBao`.
import type {} from "@archestra/test-servers/vault-global-setup";
import { openBao } from "@archestra/test-servers/vault-product";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { inject } from "vitest";
import { startJobTokenEndpoint } from "./job-token-endpoint.ts";
import type { ServerSnippet } from "./server-snippet.ts";
import { printedToken, vaultVariables, vaultWithSecret } from "./vault-with-secret.ts";

const canRun = inject("hasOpenBao");
const claims = { iss: "https://token.actions.githubusercontent.com", repository: "acme/shop" };

/** A job that has its token in a file. */
export const vaultJwt: ServerSnippet = {
  canRun,
  async prepare() {
    const issuer = new TokenIssuer();
    const vault = await vaultOfJobs(issuer);
    const tokenFile = join(vault.folder, "job-token");
    await writeFile(tokenFile, issuer.issue(claims));
    const env = {
      ...vaultVariables(vault, "JWT"),
      ARCHESTRA_HASHICORP_VAULT_JWT_ROLE: "shop",
      ARCHESTRA_HASHICORP_VAULT_JWT_TOKEN_FILE: tokenFile,
    };
    return { env, prints: printedToken };
  },
};

/** A job that requests its token, from an endpoint that stands for GitHub's. */
export const vaultGithubActions: ServerSnippet = {
  canRun,
  async prepare() {
    const issuer = new TokenIssuer();
    const vault = await vaultOfJobs(issuer);
    const endpoint = await startJobTokenEndpoint((audience) => issuer.issue({ ...claims, aud: audience }));
    const env = {
      ...vaultVariables(vault, "JWT"),
      ACTIONS_ID_TOKEN_REQUEST_URL: endpoint.url,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: endpoint.bearerToken,
    };
    return { env, prints: printedToken };
  },
};

/**
 * Configures logins of the README's jobs. It needs OpenBao: the Vault that is built without plugins does not have the method.
 * The keys of the issuer are given to the server, which would find GitHub's at its address.
 */
async function vaultOfJobs(issuer: TokenIssuer): Promise<VaultServer> {
  const vault = await vaultWithSecret({ product: openBao });
  await vault.enableAuth("jwt");
  await vault.demand("POST", "auth/jwt/config", {
    jwt_validation_pubkeys: [issuer.publicKey],
    bound_issuer: claims.iss,
  });
  await vault.demand("POST", "auth/jwt/role/shop", {
    role_type: "jwt",
    user_claim: "sub",
    bound_audiences: ["vault"],
    bound_claims: { repository: claims.repository },
    token_policies: ["shop"],
    token_ttl: "15m",
  });
  return vault;
}
