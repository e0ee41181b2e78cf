import { definePlugin, type OptionsOf, type Plugin, variable } from "@archestra/secrets-core/plugin";
import {
  givenToken,
  type VaultAnswer,
  type VaultAuthMethod,
  vaultAuth,
  WrappedCredential,
} from "@archestra/secrets-vault/auth";
import { givenText } from "./given-text.ts";

const settings = {
  /**
   * The token with which the secrets are read and written, a wrapping token that holds it, or the JSON that an
   * agent's file sink has. One in a file is read again when it changes.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_TOKEN`.
   */
  token: variable("ARCHESTRA_HASHICORP_VAULT_TOKEN", {
    schema: givenText,
    schemaMessagesAreSafe: true,
    secret: true,
    live: true,
    required: true,
    description:
      "The token with which the secrets are read and written, a wrapping token that holds it, or the JSON that an agent's file sink has. One in a file is read again when it changes.",
  }),
};

/** The options of `tokenAuth`: the token, or a function that returns it, instead of the environment. */
export type TokenAuthOptions = OptionsOf<typeof settings>;

/**
 * The authentication method `TOKEN`: a token that an operator or an agent provides, for example in a file. It is renewed as
 * long as Vault permits, and never revoked. A wrapped one is unwrapped.
 */
export function tokenAuth(options: TokenAuthOptions = {}): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "TOKEN",
    contractVersion: 1,
    options,
    settings,
    create: ({ token }) => {
      const wrapped = new WrappedCredential({ method: "token", what: "a token", read: readToken });
      return {
        async login(send) {
          const { token: text, isWrapped } = await token();
          return givenToken(await wrapped.open(text, send, isWrapped));
        },
      };
    },
  });
}

/** From the answer that created the token, or, as agents wrap it, from an object with the token itself. */
function readToken({ auth, data }: VaultAnswer): string | undefined {
  const created = (auth as { readonly client_token?: unknown } | null | undefined)?.client_token;
  const token = created ?? (data as { readonly token?: unknown } | null | undefined)?.token;
  return typeof token === "string" ? token : undefined;
}
