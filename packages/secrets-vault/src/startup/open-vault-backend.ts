import { isIPv4 } from "node:net";
import {
  type HealthProblem,
  isSecretsError,
  type Logger,
  type PluginContext,
  type SecretsBackend,
  type SecretsError,
  type SettingsOf,
} from "@archestra/secrets-core/plugin";
import { ConfirmedDeletions } from "../backend/confirmed-deletions.ts";
import { Kv1Store } from "../backend/kv1-store.ts";
import { Kv2Store } from "../backend/kv2-store.ts";
import { LimitedNames } from "../backend/limited-names.ts";
import { VaultBackend } from "../backend/vault-backend.ts";
import { VaultCalls } from "../backend/vault-calls.ts";
import type { VaultStore } from "../backend/vault-store.ts";
import { type CallLimits, VaultClient } from "../client/vault-client.ts";
import { Connections } from "../http/connections.ts";
import { DISPATCHER_UNSUPPORTED } from "../http/dispatcher-failure.ts";
import { givenDispatcher } from "../http/request-dispatcher.ts";
import { socketPathOf } from "../http/socket-path.ts";
import { Transport } from "../http/transport.ts";
import { metadataPathOf } from "../paths/secret-paths.ts";
import { Session } from "../session/session.ts";
import { TokenRequests } from "../session/token-requests.ts";
import type { vaultSettings } from "../vault-settings.ts";
import { areCertificatesAlwaysChecked } from "./checked-certificates.ts";
import { findMissingCapabilities } from "./missing-capabilities.ts";
import { type ConfiguredPlace, MountProof, misconfigured, noDataSegment } from "./mount-proof.ts";
import { compareClocks, storageType } from "./server-health.ts";
import { openTlsSource } from "./tls-files.ts";

export type VaultSettings = SettingsOf<typeof vaultSettings>;

/** A start that Vault keeps waiting goes on without it. */
const START_TIMEOUT = 10_000;

/**
 * Starts the manager. What proves to be misconfigured stops it; a Vault that is out of reach or sealed does not, and is
 * looked at again by the calls that follow. Nothing is left open when it throws.
 */
export async function openVaultBackend(
  settings: VaultSettings,
  context: PluginContext,
): Promise<SecretsBackend> {
  const { logger, signal } = context;
  assertAddress(settings, context);
  const configured = configuredPlace(settings, logger);
  const { address, namespace, authNamespace } = settings;
  const dispatcher = givenDispatcher(settings.dispatcher);
  const alwaysChecked = dispatcher === undefined && areCertificatesAlwaysChecked(address, context);
  const socketPath = socketPathOf(address);
  if (socketPath !== undefined && dispatcher !== undefined) throw socketAndDispatcher();
  const tls = await openTlsSource({ ...settings, alwaysChecked }, logger);
  const connections = new Connections(tls, dispatcher, socketPath);
  const transport = new Transport(address, namespace, connections, authNamespace);
  const session = new Session(settings.auth, new TokenRequests(transport), logger);
  const client = new VaultClient(transport, session);
  const proof = new MountProof(client, configured, logger);
  const calls = new VaultCalls(client, proof, policyPrefix(settings));
  const close = async () => {
    await session.close();
    await transport.close();
  };
  try {
    signal.throwIfAborted();
    const problems = await prove(transport, client, proof, context);
    return new VaultBackend({
      store: new LimitedNames(openStore(calls, configured), configured.kvVersion, (limits) =>
        storageType(transport, limits),
      ),
      calls,
      prefix: [settings.namespace, configured.values].filter((part) => part !== undefined).join("/"),
      location: `Vault at ${transport.address} under ${configured.values}`,
      problems: () => problems,
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

async function prove(
  transport: Transport,
  client: VaultClient,
  proof: MountProof,
  { logger, signal, opensDegraded = false }: PluginContext,
): Promise<readonly HealthProblem[]> {
  // A timer of our own: those of the session and of `AbortSignal.timeout` keep no process alive, and one that waits for
  // its start would end without a word.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), START_TIMEOUT);
  const timeout = late.signal;
  const limits: CallLimits = {
    signal: AbortSignal.any([signal, timeout]),
    deadline: Date.now() + START_TIMEOUT,
    // A Vault that is out of reach is found out about by the calls: what a start waits for, the application waits for.
    isBrief: true,
  };
  try {
    await Promise.all([compareClocks(transport, limits, logger), proof.settle(limits)]);
    return await findMissingCapabilities(client, proof.paths.place, limits, logger);
  } catch (error) {
    signal.throwIfAborted();
    const passes =
      isSecretsError(error) &&
      (error.code === "UNAVAILABLE" || error.code === "RATE_LIMITED") &&
      error.retryable;
    if (!passes && !timeout.aborted) {
      if (!opensDegraded || !isSecretsError(error) || error.reason === DISPATCHER_UNSUPPORTED) throw error;
      warnOfRefusal(error, logger);
      return [];
    }
    const why = isSecretsError(error) ? ` ${error.message}` : " It did not answer in time.";
    logger.warn(
      { code: "ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START" },
      `The secrets manager starts without Vault, which does not serve now. Calls fail until it does; nothing needs to be restarted.${why}`,
    );
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** The secrets in the database need no Vault. */
function warnOfRefusal({ code, reason, message }: SecretsError, logger: Logger): void {
  logger.warn(
    { code: "ARCHESTRA_SECRETS_VAULT_REFUSED_AT_START", error: code, reason },
    `The secrets manager starts without Vault, which does not serve as it is configured. Secrets in the database are served. Calls that need Vault fail until this is corrected, then they succeed without a restart. In strict mode this stops a start. ${message}`,
  );
}

/** What stands before a path in a policy of the token: the way from the namespace of the login to that of the secrets. */
function policyPrefix({ namespace, authNamespace }: VaultSettings): string {
  if (namespace === undefined || authNamespace === undefined) return "";
  if (authNamespace === "root") return `${namespace}/`;
  return namespace.startsWith(`${authNamespace}/`) ? `${namespace.slice(authNamespace.length + 1)}/` : "";
}

function assertAddress({ address }: VaultSettings, { strict, logger }: PluginContext): void {
  if (address.protocol === "https:" || address.protocol === "unix:") return;
  const words = `ARCHESTRA_HASHICORP_VAULT_ADDR is a plain http address: tokens and secrets cross the network readable by all who can listen. Use https.`;
  if (strict) throw misconfigured("PLAIN_HTTP", `${words} In strict mode nothing else is accepted.`);
  if (!isLoopback(address.hostname)) logger.warn({ code: "ARCHESTRA_SECRETS_VAULT_PLAIN_HTTP" }, words);
}

function socketAndDispatcher(): SecretsError {
  return misconfigured(
    "SOCKET_AND_DISPATCHER",
    "ARCHESTRA_HASHICORP_VAULT_ADDR is the path of a socket, to which the option `dispatcher` does not lead. Leave the option out, or set another address.",
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}

function openStore(calls: VaultCalls, { kvVersion, values, entries }: ConfiguredPlace): VaultStore {
  if (kvVersion === 1) return new Kv1Store(calls);
  const store = new Kv2Store(calls);
  return entries === undefined || entries === metadataPathOf(values) ? store : new ConfirmedDeletions(store);
}

function configuredPlace(settings: VaultSettings, logger: Logger): ConfiguredPlace {
  const { kvVersion, secretMetadataPath: entries } = settings;
  const values = settings.secretPath ?? (kvVersion === 2 ? "secret/data/archestra" : "secret/archestra");
  if (kvVersion === 1) {
    if (entries !== undefined) {
      logger.warn(
        { code: "ARCHESTRA_SECRETS_VAULT_METADATA_PATH" },
        "ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH is ignored: KV version 1 has no metadata. Unset it, or set ARCHESTRA_HASHICORP_VAULT_KV_VERSION=2.",
      );
    }
    return { kvVersion, values };
  }
  if (entries === undefined && metadataPathOf(values) === undefined)
    throw misconfigured("NO_DATA_SEGMENT", noDataSegment());
  return { kvVersion, values, entries };
}
