import { isIPv4 } from "node:net";
import type { PluginContext } from "@archestra/secrets-core/plugin";
import { misconfigured } from "../settings/misconfigured.ts";

/**
 * Warns when requests are sent over plain HTTP to another machine.
 *
 * @throws INVALID_CONFIGURATION, reason PLAIN_HTTP, in strict mode
 */
export function assertAddress(address: URL, { strict, logger }: PluginContext): void {
  if (address.protocol === "https:" || address.protocol === "unix:") return;
  const message =
    "ARCHESTRA_HASHICORP_VAULT_ADDR is a plain http address: tokens and secrets cross the network unencrypted. Use https.";
  if (strict) throw misconfigured("PLAIN_HTTP", `${message} In strict mode nothing else is accepted.`);
  if (!isLoopback(address.hostname)) logger.warn({ code: "ARCHESTRA_SECRETS_VAULT_PLAIN_HTTP" }, message);
}

/**
 * Warns when the process is configured not to check certificates, which Node does for every connection with
 * `NODE_TLS_REJECT_UNAUTHORIZED=0`.
 *
 * @returns whether certificates are checked all the same: in strict mode
 */
export function areCertificatesAlwaysChecked(address: URL, { strict, logger }: PluginContext): boolean {
  if (strict || address.protocol !== "https:" || process.env.NODE_TLS_REJECT_UNAUTHORIZED !== "0")
    return strict;
  logger.warn(
    { code: "ARCHESTRA_SECRETS_VAULT_TLS_NOT_CHECKED" },
    "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the check of certificates for this process, so any server can pass for Vault and read its tokens and secrets. Unset it, and set ARCHESTRA_HASHICORP_VAULT_CACERT to the private CA. Strict mode checks the certificate of Vault all the same.",
  );
  return false;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}
