import { definePlugin, type OptionsOf, type Plugin, variable } from "@archestra/secrets-core/plugin";
import { readLogin, type VaultAuthMethod, vaultAuth, vaultPath } from "@archestra/secrets-vault/auth";

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
    schemaMessagesAreSafe: true,
    default: "approle",
    description: "The mount of the method.",
  }),
};

/** The options of `appRoleAuth`: each setting, in code instead of in the environment. */
export type AppRoleOptions = OptionsOf<typeof settings>;

/** The authentication method `APPROLE`: a role's id and a secret id, which may be in a file that changes. */
export function appRoleAuth(options: AppRoleOptions = {}): Plugin<VaultAuthMethod> {
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
