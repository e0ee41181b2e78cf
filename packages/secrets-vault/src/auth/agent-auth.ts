import { definePlugin, type OptionsOf, type Plugin, SecretsError } from "@archestra/secrets-core/plugin";
import { classifyLogin } from "./classify-login.ts";
import { type VaultAuthMethod, vaultAuth } from "./vault-auth-method.ts";
import { WITHOUT_TOKEN } from "./vault-login.ts";

const settings = {};

/** The options of `agentAuth`: none. */
export type AgentAuthOptions = OptionsOf<typeof settings>;

/**
 * The authentication method `AGENT`: a Vault Agent or Vault Proxy at the address logs in, and adds its own token to each
 * request. This process sends, renews and revokes no token.
 */
export function agentAuth(options: AgentAuthOptions = {}): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "AGENT",
    contractVersion: 1,
    options,
    settings,
    create: () => ({
      async login(send) {
        const answer = await send({ method: "GET", path: "auth/token/lookup-self" });
        // The agent's token may lack the policy `default`, and have every other permission.
        const isKnown =
          answer.status === 403 && answer.errors.some((text) => text.includes("1 error occurred"));
        if (isKnown || (answer.status === 200 && hasDuration(answer.data))) return WITHOUT_TOKEN;
        if (answer.status === 400 || answer.status === 403) throw withoutToken();
        if (answer.status !== 200) throw classifyLogin(answer, "agent");
        throw new SecretsError(
          "UNAVAILABLE",
          "The answer to a lookup of the agent's token did not come from Vault. Check ARCHESTRA_HASHICORP_VAULT_ADDR.",
          { reason: "UNEXPECTED_ANSWER" },
        );
      },
    }),
  });
}

function hasDuration(data: unknown): boolean {
  return typeof (data as { readonly ttl?: unknown } | null | undefined)?.ttl === "number";
}

function withoutToken(): SecretsError {
  return new SecretsError(
    "UNAUTHENTICATED",
    "Vault refused a request that the agent at ARCHESTRA_HASHICORP_VAULT_ADDR passed on. The agent adds no token, its token is no longer valid, or Vault itself is at the address. Set `use_auto_auth_token = true` in `api_proxy` of the agent, check that its `auto_auth` logs in, and set ARCHESTRA_HASHICORP_VAULT_ADDR to its listener.",
    { reason: "AGENT_WITHOUT_TOKEN" },
  );
}
