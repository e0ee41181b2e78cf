import {
  isSecretsError,
  type Logger,
  SecretsError,
  type SettingsOf,
  withTimeout,
} from "@archestra/secrets-core/plugin";
import type { TlsSettings, TlsSource } from "../http/connections.ts";
import { misconfigured } from "../settings/misconfigured.ts";
import type { vaultSettings } from "../settings/vault-settings.ts";
import { isKeyOf, readCertificate, readPrivateKey } from "./read-pem.ts";

/** The settings of TLS. */
export interface ConfiguredTls
  extends Pick<
    SettingsOf<typeof vaultSettings>,
    "caCertificate" | "clientCertificate" | "clientKey" | "tlsServerName"
  > {
  /** Whether certificates are checked even if `NODE_TLS_REJECT_UNAUTHORIZED` turns that off for the process. */
  readonly alwaysChecked: boolean;
}

/**
 * Reads certificates and keys, and again for each new connection: files of certificates are renewed while the application
 * runs. When files cannot be used, such as a certificate whose key has not been replaced yet, the previous ones stay in use.
 *
 * @throws INVALID_CONFIGURATION when they cannot be used at the start
 */
export async function openTlsSource(configured: ConfiguredTls, logger: Logger): Promise<TlsSource> {
  const { caCertificate, clientCertificate, clientKey } = configured;
  let current = await readInTime(configured);
  if ((caCertificate ?? clientCertificate ?? clientKey) === undefined) return { current, renew: undefined };
  let warned: string | undefined;
  const renew = async () => {
    try {
      const next = await readInTime(configured);
      if (!isSame(current, next)) current = next;
      warned = undefined;
    } catch (error) {
      const why = isSecretsError(error) ? error.message : "They cannot be read.";
      if (why !== warned) logger.warn({ code: "ARCHESTRA_SECRETS_VAULT_TLS_FILES" }, `${why} ${KEPT}`);
      warned = why;
    }
    return current;
  };
  return { current, renew };
}

/** Longer than the timeout for a pipe without a writer. */
const READ_TIMEOUT = 6_000;
const KEPT = "Until then, connections to Vault use the previous certificates.";

/** A function of the application that provides a certificate may never settle. */
function readInTime(configured: ConfiguredTls): Promise<TlsSettings> {
  return withTimeout(readTls(configured), READ_TIMEOUT, notRead);
}

function notRead(): SecretsError {
  const seconds = READ_TIMEOUT / 1_000;
  return new SecretsError(
    "UNAVAILABLE",
    `The certificates for connections to Vault were not provided within ${seconds} seconds. Check the sources of ARCHESTRA_HASHICORP_VAULT_CACERT, ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT and ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY.`,
    { reason: "CERTIFICATE_NOT_GIVEN" },
  );
}

async function readTls(configured: ConfiguredTls): Promise<TlsSettings> {
  const { caCertificate, clientCertificate, clientKey, tlsServerName, alwaysChecked } = configured;
  const cert = await readCertificate(await clientCertificate?.(), "ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT");
  const key = await readPrivateKey(await clientKey?.(), "ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY");
  if ((cert === undefined) !== (key === undefined)) {
    throw misconfigured(
      "INCOMPLETE_CLIENT_CERTIFICATE",
      "ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT and ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY must be set together: set both or neither.",
    );
  }
  if (cert !== undefined && key !== undefined && !isKeyOf(cert, key)) {
    throw misconfigured(
      "MISMATCHED_CLIENT_CERTIFICATE",
      "The private key in ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY does not belong to the certificate in ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT. Set both again, from the same issue.",
    );
  }
  const ca = await readCertificate(await caCertificate?.(), "ARCHESTRA_HASHICORP_VAULT_CACERT");
  return { ca, cert, key, serverName: tlsServerName, alwaysChecked };
}

function isSame(one: TlsSettings, other: TlsSettings): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key;
}
