import {
  definePlugin,
  type OptionsOf,
  type Plugin,
  SecretsError,
  variable,
} from "@archestra/secrets-core/plugin";
import {
  readLogin,
  tokenClaims,
  type VaultAuthMethod,
  vaultAuth,
  vaultPath,
  vaultSegment,
} from "@archestra/secrets-vault/auth";
import { jwtText } from "./jwt-text.ts";
import { refusedLogin } from "./refused-login.ts";

const settings = {
  /**
   * The JSON web token to log in with, such as the OIDC token of a CI job. One in a file is read again for each
   * login.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_JWT_TOKEN`.
   */
  token: variable("ARCHESTRA_HASHICORP_VAULT_JWT_TOKEN", {
    schema: jwtText,
    schemaMessagesAreSafe: true,
    secret: true,
    live: true,
    required: true,
    description:
      "The JSON web token to log in with, such as the OIDC token of a CI job. One in a file is read again for each login.",
  }),
  /**
   * The role of Vault's JWT auth method to log in to. Not set: the mount's `default_role`.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_JWT_ROLE`.
   */
  role: variable("ARCHESTRA_HASHICORP_VAULT_JWT_ROLE", {
    schema: vaultSegment,
    description: "The role of Vault's JWT auth method to log in to. Not set: the mount's `default_role`.",
  }),
  /**
   * Where the JWT auth method is mounted, without `auth/`.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_JWT_MOUNT_POINT`. Default: `jwt`.
   */
  mountPoint: variable("ARCHESTRA_HASHICORP_VAULT_JWT_MOUNT_POINT", {
    schema: vaultPath,
    schemaMessagesAreSafe: true,
    default: "jwt",
    description: "Where the JWT auth method is mounted, without `auth/`.",
  }),
};

/** The options of `jwtAuth`: each setting, in code instead of in the environment. `token` may be a function. */
export type JwtAuthOptions = OptionsOf<typeof settings>;

/**
 * The authentication method `JWT`: a login with a JSON web token that another system issued, such as the OIDC token of a
 * CI job. The token is read again for each login, and an expired one is not sent.
 */
export function jwtAuth(options: JwtAuthOptions = {}): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "JWT",
    contractVersion: 1,
    options,
    settings,
    create: ({ token, role, mountPoint }) => ({
      async login(send) {
        const jwt = await token();
        assertNotExpired(jwt);
        const body = role === undefined ? { jwt } : { jwt, role };
        const answer = await send({ path: `auth/${mountPoint}/login`, body });
        if (answer.status === 200) return readLogin(answer, "JWT");
        throw refusedLogin(answer, { jwt, mountPoint });
      },
    }),
  });
}

function assertNotExpired(jwt: string): void {
  const expiresAt = tokenClaims(jwt)?.expiresAt;
  if (expiresAt === undefined || expiresAt * 1_000 > Date.now()) return;
  const seconds = Math.floor(Date.now() / 1_000 - expiresAt);
  throw new SecretsError(
    "UNAUTHENTICATED",
    `The JSON web token expired ${seconds} s ago. Nothing was sent. Provide a new one: a file named by ARCHESTRA_HASHICORP_VAULT_JWT_TOKEN_FILE is read again, and the option \`token\` accepts a function that requests one.`,
    { reason: "TOKEN_EXPIRED" },
  );
}
