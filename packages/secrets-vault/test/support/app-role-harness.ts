import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { VaultAuthHarness } from "@archestra/secrets-testkit/vault-auth";
import { silenceFile } from "@archestra/test-harness/silent-file";
import { knownToken } from "@archestra/test-servers/known-token";
import type { AppRoleOptions } from "@archestra/test-servers/vault-administration";
import { startVault } from "@archestra/test-servers/vault-server";
import { vaultPlugin } from "../../src/index.ts";
import { appRoleAuth } from "./app-role-auth.ts";
import { prepareAppRole, vaultEnv } from "./open-vault.ts";

/** A Vault for each case, with a role whose secret id is in a file. */
export function appRoleHarness(options: AppRoleOptions): VaultAuthHarness {
  return {
    async open() {
      const server = await startVault();
      const { roleId, secretId } = await prepareAppRole(server, options);
      const file = join(server.folder, "secret-id");
      const path = "auth/approle/role/application/secret-id";
      let current = secretId;
      await writeFile(file, secretId);
      const revoke = async () => {
        await server.request("POST", `${path}/destroy`, { secret_id: current });
      };
      return {
        plugins: [appRoleAuth()],
        manager: vaultPlugin(),
        address: server.address,
        env: vaultEnv(server.address, {
          ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
          ACME_VAULT_APPROLE_ROLE_ID: roleId,
          ACME_VAULT_APPROLE_SECRET_ID_FILE: file,
        }),
        secrets: () => [current],
        lookUp: (token) => knownToken(server, token),
        revoke,
        async rotate() {
          await revoke();
          current = (await server.request("POST", path)).body.data?.secret_id as string;
          await writeFile(file, current);
        },
        silence: () => silenceFile(file),
        refused: [
          { what: "a role that is not there", env: { ACME_VAULT_APPROLE_ROLE_ID: "unknown" } },
          { what: "a mount that is not there", env: { ACME_VAULT_APPROLE_MOUNT_POINT: "nowhere" } },
          { what: "a file that is not there", env: { ACME_VAULT_APPROLE_SECRET_ID_FILE: `${file}.not` } },
        ],
        close: () => server.stop(),
      };
    },
  };
}
