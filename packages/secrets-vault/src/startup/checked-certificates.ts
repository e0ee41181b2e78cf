import type { PluginContext } from "@archestra/secrets-core/plugin";

/**
 * Warns when the process is set not to check certificates, which Node does for every connection by
 * `NODE_TLS_REJECT_UNAUTHORIZED=0`.
 *
 * @returns whether certificates are checked all the same: in strict mode
 */
export function areCertificatesAlwaysChecked(address: URL, { strict, logger }: PluginContext): boolean {
  if (strict || address.protocol !== "https:" || process.env.NODE_TLS_REJECT_UNAUTHORIZED !== "0")
    return strict;
  logger.warn(
    { code: "ARCHESTRA_SECRETS_VAULT_TLS_NOT_CHECKED" },
    "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the check of certificates for this process, so any server can pass for Vault and read its tokens and secrets. Unset it, and give the private CA by ARCHESTRA_HASHICORP_VAULT_CACERT. Strict mode checks the certificate of Vault all the same.",
  );
  return false;
}
