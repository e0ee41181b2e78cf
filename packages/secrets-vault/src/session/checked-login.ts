import { SecretsError } from "@archestra/secrets-core/plugin";
import { isTokenText, type VaultLogin } from "../auth/vault-login.ts";

/**
 * Verifies what an auth method returns, which may be written in JavaScript: a token that is missing would be sent as the
 * text `undefined`.
 *
 * @throws SecretsError INTERNAL, reason PLUGIN_BROKEN. It never quotes what was returned
 */
export function checkedLogin(login: VaultLogin): VaultLogin {
  if (typeof login !== "object" || login === null) throw broken("`login()` must return an object");
  const { token, issued, ttl, renewable, type, uses } = login;
  if (typeof token !== "string") throw broken("`login().token` must be a string");
  if (token !== "" && !isTokenText(token))
    throw broken("`login().token` must be a token of Vault, which is printable ASCII without a space");
  if (typeof issued !== "boolean") throw broken("`login().issued` must be true or false");
  if (token === "" && issued) throw broken("`login().token` must not be empty when `issued` is true");
  if (ttl !== undefined && !(typeof ttl === "number" && ttl >= 0))
    throw broken("`login().ttl` must be a number of seconds, or be left out");
  if (renewable !== undefined && typeof renewable !== "boolean")
    throw broken("`login().renewable` must be true or false, or be left out");
  if (type !== undefined && type !== "service" && type !== "batch")
    throw broken("`login().type` must be `service` or `batch`, or be left out");
  if (uses !== undefined && !(typeof uses === "number" && uses > 0))
    throw broken("`login().uses` must be a number above 0, or be left out");
  return login;
}

function broken(rule: string): SecretsError {
  const message = `The auth method that ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD selects violates its contract: ${rule}. Return the result of \`readLogin\` or \`givenToken\`. This is a bug in the plugin; please report it to its author.`;
  return new SecretsError("INTERNAL", message, { reason: "PLUGIN_BROKEN", retryable: false });
}
