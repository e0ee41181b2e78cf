import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { VaultAuthHarness } from "@archestra/secrets-testkit/vault-auth";
import { vaultPlugin } from "@archestra/secrets-vault";
import { silenceFile } from "@archestra/test-harness/silent-file";
import { knownToken } from "@archestra/test-servers/known-token";
import type { VaultProduct } from "@archestra/test-servers/vault-product";
import { startVault } from "@archestra/test-servers/vault-server";
import { appRoleAuth } from "../../src/index.ts";

export const applicationPolicy = `path "secret/*" { capabilities = ["create", "update", "read", "list", "delete"] }`;

/** A server for each case, with a role whose secret id is in a file. */
export function appRoleHarness(product: VaultProduct): VaultAuthHarness {
  return {
    async open() {
      const server = await startVault({ product });
      await server.mountKv("secret", 2);
      await server.putPolicy("application", applicationPolicy);
      await server.enableAppRole("roles/one");
      const file = join(server.folder, "secret-id");
      const role = { mount: "roles/one", policies: ["application"], tokenTtl: "8s" };
      const { roleId, secretId } = await server.createAppRole(role);
      let current = secretId;
      await writeFile(file, `${current}\n`);
      const revoke = async () => {
        await server.demand("POST", "auth/roles/one/role/application/secret-id/destroy", {
          secret_id: current,
        });
      };
      return {
        plugins: [appRoleAuth()],
        manager: vaultPlugin(),
        address: server.address,
        env: {
          ARCHESTRA_SECRETS_MANAGER: "VAULT",
          ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
          ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
          ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
          ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID: roleId,
          ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID_FILE: file,
          ARCHESTRA_HASHICORP_VAULT_APPROLE_MOUNT_POINT: "roles/one",
        },
        secrets: () => [current],
        lookUp: (token) => knownToken(server, token),
        revoke,
        async rotate() {
          await revoke();
          current = (await server.createAppRole(role)).secretId;
          await writeFile(file, `${current}\n`);
        },
        silence: () => silenceFile(file),
        refused: [
          {
            what: "a role that is not there",
            env: { ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID: "of-no-role" },
          },
          {
            what: "a mount that is not there",
            env: { ARCHESTRA_HASHICORP_VAULT_APPROLE_MOUNT_POINT: "nowhere" },
          },
          {
            what: "a file that is not there",
            env: { ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID_FILE: `${file}.not` },
          },
        ],
        close: () => server.stop(),
      };
    },
  };
}
