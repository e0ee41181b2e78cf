/*
 * The AppRole method as another author would publish it: from the entry points alone. The tests log in with it, since its
 * tokens can be made to live for seconds.
 */
import { definePlugin, type OptionsOf, type Plugin, variable } from "@archestra/secrets-core/plugin";
import { readLogin, type VaultAuthMethod, vaultAuth, vaultPath } from "../../src/auth.ts";

const settings = {
  roleId: variable("ACME_VAULT_APPROLE_ROLE_ID", { required: true, description: "The id of the role." }),
  secretId: variable("ACME_VAULT_APPROLE_SECRET_ID", {
    required: true,
    secret: true,
    live: true,
    description: "The secret id that belongs to the role.",
  }),
  mountPoint: variable("ACME_VAULT_APPROLE_MOUNT_POINT", {
    schema: vaultPath,
    default: "approle",
    description: "Where the method is mounted.",
  }),
};

export function appRoleAuth(options: OptionsOf<typeof settings> = {}): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "APPROLE",
    contractVersion: 1,
    options,
    settings,
    create: ({ roleId, secretId, mountPoint }) => ({
      async login(send) {
        const body = { role_id: roleId, secret_id: await secretId() };
        return readLogin(await send({ path: `auth/${mountPoint}/login`, body }), "AppRole");
      },
    }),
  });
}
