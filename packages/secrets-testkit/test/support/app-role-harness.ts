import { randomUUID } from "node:crypto";
import { definePlugin, type Plugin, variable } from "@archestra/secrets-core/plugin";
import { vaultPlugin } from "@archestra/secrets-vault";
import { type VaultAuthMethod, vaultAuth } from "@archestra/secrets-vault/auth";
import type { VaultAuthHarness } from "../../src/vault-auth.ts";
import { startStubAppRoleVault } from "./stub-approle-vault.ts";

/** What a method gets to log in with. */
export interface AppRoleCredential {
  readonly roleId: string;
  readonly mount: string;
  /** Reads it again each time. */
  readonly secretId: () => Promise<string>;
}

/** Makes the method under test. */
export type MakeMethod = (credential: AppRoleCredential) => VaultAuthMethod;

/** A stub of Vault for each case, and a method of the test's own. */
export function appRoleHarness(make: MakeMethod): VaultAuthHarness {
  return {
    async open() {
      const vault = await startStubAppRoleVault();
      let given = vault.secretId;
      let isSilent = false;
      const take = (secretId: string) => {
        vault.secretId = secretId;
      };
      return {
        plugins: [appRolePlugin(make, async () => (isSilent ? new Promise(() => {}) : given))],
        manager: vaultPlugin(),
        address: vault.address,
        env: {
          ARCHESTRA_SECRETS_MANAGER: "VAULT",
          ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
          ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
          ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
          ACME_VAULT_APPROLE_ROLE_ID: "application",
        },
        secrets: () => [given],
        lookUp: async (token) => {
          const ttl = vault.lifeOf(token);
          return ttl === undefined ? undefined : { ttl, renewable: true, type: "service", uses: 0 };
        },
        revoke: () => take(randomUUID()),
        rotate() {
          given = randomUUID();
          take(given);
        },
        silence() {
          isSilent = true;
          return () => {
            isSilent = false;
          };
        },
        refused: [
          { what: "a role that is not there", env: { ACME_VAULT_APPROLE_ROLE_ID: "unknown" } },
          { what: "a mount that is not there", env: { ACME_VAULT_APPROLE_MOUNT_POINT: "nowhere" } },
        ],
        close: () => vault.stop(),
      };
    },
  };
}

function appRolePlugin(make: MakeMethod, secretId: () => Promise<string>): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "APPROLE",
    contractVersion: 1,
    settings: {
      roleId: variable("ACME_VAULT_APPROLE_ROLE_ID", { required: true, description: "The id of the role." }),
      mount: variable("ACME_VAULT_APPROLE_MOUNT_POINT", { default: "approle", description: "The mount." }),
    },
    create: ({ roleId, mount }) => make({ roleId, mount, secretId }),
  });
}
