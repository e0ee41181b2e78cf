import { definePlugin, type OptionsOf, type Plugin, variable } from "@archestra/secrets-core/plugin";
import { givenToken, type VaultAuthMethod, vaultAuth } from "@archestra/secrets-vault/auth";
import { vaultToken } from "./vault-token.ts";

const settings = {
  token: variable("ARCHESTRA_HASHICORP_VAULT_TOKEN", {
    schema: vaultToken,
    schemaWordsAreSafe: true,
    secret: true,
    live: true,
    required: true,
    description:
      "The token with which the secrets are read and written. One that is in a file is read again when it changes.",
  }),
};

/** What `tokenAuth` takes: the token, or a function that gives it, instead of the environment. */
export type TokenAuthOptions = OptionsOf<typeof settings>;

/**
 * The authentication method `TOKEN`: a token that somebody else made, such as an agent that keeps one in a file. It is
 * renewed as far as Vault lets it be, and never revoked.
 */
export function tokenAuth(options: TokenAuthOptions = {}): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "TOKEN",
    contractVersion: 1,
    options,
    settings,
    create: ({ token }) => ({ login: async () => givenToken(await token()) }),
  });
}
