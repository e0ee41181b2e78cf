import { definePlugin, type OptionsOf, type Plugin, variable } from "@archestra/secrets-core/plugin";
import {
  isTokenText,
  readLogin,
  type VaultAnswer,
  type VaultAuthMethod,
  vaultAuth,
  vaultPath,
  WrappedCredential,
} from "@archestra/secrets-vault/auth";
import { refusedLogin } from "./refused-login.ts";

const settings = {
  /**
   * The role id of Vault's AppRole auth method to log in with.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID`.
   */
  roleId: variable("ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID", {
    secret: true,
    live: true,
    required: true,
    description: "The role id of Vault's AppRole auth method to log in with.",
  }),
  /**
   * The secret id that belongs to the role, or a wrapping token that holds it. One in a file is read again for each
   * login.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID`.
   */
  secretId: variable("ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID", {
    secret: true,
    live: true,
    required: true,
    description:
      "The secret id that belongs to the role, or a wrapping token that holds it. One in a file is read again for each login.",
  }),
  /**
   * Where the AppRole auth method is mounted, without `auth/`.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_APPROLE_MOUNT_POINT`. Default: `approle`.
   */
  mountPoint: variable("ARCHESTRA_HASHICORP_VAULT_APPROLE_MOUNT_POINT", {
    schema: vaultPath,
    schemaMessagesAreSafe: true,
    default: "approle",
    description: "Where the AppRole auth method is mounted, without `auth/`.",
  }),
};

/** The options of `appRoleAuth`: each setting, in code instead of in the environment. */
export type AppRoleAuthOptions = OptionsOf<typeof settings>;

/**
 * The authentication method `APPROLE`: a login with a role id and a secret id, which are read again for each login. A
 * wrapped secret id is unwrapped.
 */
export function appRoleAuth(options: AppRoleAuthOptions = {}): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "APPROLE",
    contractVersion: 1,
    options,
    settings,
    create: ({ roleId, secretId, mountPoint }) => {
      const wrapped = new WrappedCredential({
        method: "AppRole",
        what: `a secret id of the auth mount ${JSON.stringify(mountPoint)}`,
        read: readSecretId,
        isExpectedPath: (path) => createsSecretIds(path, mountPoint),
      });
      return {
        async login(send) {
          const [role_id, text] = [(await roleId()).trim(), (await secretId()).trim()];
          const secret_id = mayBeToken(text) ? await wrapped.open(text, send) : text;
          const answer = await send({ path: `auth/${mountPoint}/login`, body: { role_id, secret_id } });
          if (answer.status === 200) return readLogin(answer, "AppRole");
          throw refusedLogin(answer, mountPoint);
        },
      };
    },
  });
}

/** Whether a path creates secret ids of a mount. A namespace may precede it. */
function createsSecretIds(path: string, mountPoint: string): boolean {
  return `/${path}`.includes(`/auth/${mountPoint}/role/`) && /\/(custom-)?secret-id$/.test(path);
}

function readSecretId({ data }: VaultAnswer): string | undefined {
  const secretId = (data as { readonly secret_id?: unknown } | null | undefined)?.secret_id;
  return typeof secretId === "string" ? secretId : undefined;
}

/** The tokens of Vault and OpenBao have such a prefix. Secret ids are UUIDs, unless an operator chose another text. */
function mayBeToken(text: string): boolean {
  return isTokenText(text) && /^(hv)?s\./.test(text);
}
