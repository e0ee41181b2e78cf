import type { SecretsManager } from "@archestra/secrets-core";
import type { ClientEvent, ClientOptions } from "./client-events.ts";
import type { TokenEndpoint } from "./token-endpoint.ts";
import { type Tokens, tokensSchema } from "./tokens.ts";

/** The name of the secret that all processes share. */
export const SECRET_NAME = "mcp_oauth";

/** Returns a function that returns tokens which can be used. */
export function sharedTokens(
  secrets: SecretsManager,
  endpoint: TokenEndpoint,
  options: ClientOptions,
  report: (event: ClientEvent) => void,
): () => Promise<Tokens> {
  return options.way === "refresh"
    ? () => refreshedTokens(secrets, endpoint, options, report)
    : replacedTokens(secrets, endpoint, options);
}

async function refreshedTokens(
  secrets: SecretsManager,
  endpoint: TokenEndpoint,
  { margin, lease, isAbortable }: ClientOptions,
  report: (event: ClientEvent) => void,
): Promise<Tokens> {
  let isObtained = false;
  // #region refresh
  const { value } = await secrets.refresh(SECRET_NAME, {
    schema: tokensSchema,
    isFresh: (tokens) => tokens.expires_at > Date.now() + margin,
    refresh: async (tokens, { signal }) => {
      report({ event: "attempt", at: Date.now() });
      const next = await endpoint.exchange(tokens, isAbortable ? signal : undefined);
      isObtained = true;
      return next;
    },
    lease,
  });
  // #endregion refresh
  if (isObtained) report({ event: "stored" });
  return value;
}

/** The same without `refresh`: one exchange at a time in each process, which does not see those of other processes. */
function replacedTokens(
  secrets: SecretsManager,
  endpoint: TokenEndpoint,
  { margin }: ClientOptions,
): () => Promise<Tokens> {
  let exchange: Promise<Tokens> | undefined;
  // #region set
  const replace = async (tokens: Tokens) => {
    const next = await endpoint.exchange(tokens);
    await secrets.set(SECRET_NAME, next);
    return next;
  };
  return async () => {
    const secret = await secrets.get(SECRET_NAME, { schema: tokensSchema });
    if (secret === undefined) throw new Error("Log in first.");
    const { value } = secret;
    if (value.expires_at > Date.now() + margin) return value;
    exchange ??= replace(value).finally(() => {
      exchange = undefined;
    });
    return exchange;
  };
  // #endregion set
}
