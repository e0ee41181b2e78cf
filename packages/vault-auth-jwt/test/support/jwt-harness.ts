import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { VaultAuthHarness } from "@archestra/secrets-testkit/vault-auth";
import { vaultPlugin } from "@archestra/secrets-vault";
import { silenceFile } from "@archestra/test-harness/silent-file";
import { knownToken } from "@archestra/test-servers/known-token";
import { TokenIssuer } from "@archestra/test-servers/token-issuer";
import { openBao } from "@archestra/test-servers/vault-product";
import { startVault, type VaultServer } from "@archestra/test-servers/vault-server";
import { jwtAuth } from "../../src/index.ts";

const policy = `path "secret/*" { capabilities = ["create", "update", "read", "list", "delete"] }`;

/** An OpenBao that accepts the tokens of an issuer. HashiCorp's build without plugins does not have the method. */
export async function startServerWithJwt(issuer: TokenIssuer): Promise<VaultServer> {
  const server = await startVault({ product: openBao });
  await server.mountKv("secret", 2);
  await server.putPolicy("application", policy);
  await server.enableAuth("jwt", "ci/jobs");
  await server.demand("POST", "auth/ci/jobs/config", {
    jwt_validation_pubkeys: [issuer.publicKey],
    bound_issuer: "https://ci.example",
  });
  return server;
}

/** Makes a role for the jobs of one project. */
export async function putJwtRole(server: VaultServer, project: string, role = "job"): Promise<void> {
  await server.demand("POST", `auth/ci/jobs/role/${role}`, {
    role_type: "jwt",
    user_claim: "sub",
    bound_audiences: ["vault"],
    bound_claims: { project },
    token_policies: ["application"],
    token_ttl: "8s",
  });
}

/** What an operator sets. */
export function jwtEnv(server: VaultServer) {
  return {
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "JWT",
    ARCHESTRA_HASHICORP_VAULT_JWT_ROLE: "job",
    ARCHESTRA_HASHICORP_VAULT_JWT_MOUNT_POINT: "ci/jobs",
  };
}

/** A server for each case, and a token of a job in a file. */
export const jwtHarness: VaultAuthHarness = {
  async open() {
    const issuer = new TokenIssuer();
    const server = await startServerWithJwt(issuer);
    const file = join(server.folder, "job-token");
    let [current, projects] = ["", 0];
    const rotate = async () => {
      const project = `project-${++projects}`;
      await putJwtRole(server, project);
      current = issuer.issue({ project });
      await writeFile(file, `${current}\n`);
    };
    await rotate();
    return {
      plugins: [jwtAuth()],
      manager: vaultPlugin(),
      address: server.address,
      env: { ...jwtEnv(server), ARCHESTRA_HASHICORP_VAULT_JWT_TOKEN_FILE: file },
      secrets: () => [current],
      lookUp: (token) => knownToken(server, token),
      revoke: () => putJwtRole(server, "another project"),
      rotate,
      silence: () => silenceFile(file),
      refused: [
        { what: "a role that is not there", env: { ARCHESTRA_HASHICORP_VAULT_JWT_ROLE: "unknown" } },
        { what: "no role", env: { ARCHESTRA_HASHICORP_VAULT_JWT_ROLE: "" } },
        { what: "a mount that is not there", env: { ARCHESTRA_HASHICORP_VAULT_JWT_MOUNT_POINT: "nowhere" } },
        {
          what: "a file that is not there",
          env: { ARCHESTRA_HASHICORP_VAULT_JWT_TOKEN_FILE: `${file}.not` },
        },
      ],
      close: () => server.stop(),
    };
  },
};
