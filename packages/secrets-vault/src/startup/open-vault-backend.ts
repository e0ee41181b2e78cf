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
import { Kv1Backend } from "../backend/kv1-backend.ts";
import { Kv2Backend } from "../backend/kv2-backend.ts";
import { NameLimit } from "../backend/name-limit.ts";
import type { VaultBackendParts } from "../backend/vault-backend.ts";
import { VaultRequests } from "../backend/vault-requests.ts";
import type { VaultClient } from "../client/vault-client.ts";
import type { CallLimits } from "../http/call-limits.ts";
import { DISPATCHER_UNSUPPORTED } from "../http/dispatcher-failure.ts";
import type { Transport } from "../http/transport.ts";
import { type ConfiguredPlace, configuredPlace } from "../mount/configured-place.ts";
import { findMissingCapabilities } from "../mount/missing-capabilities.ts";
import { MountProof } from "../mount/mount-proof.ts";
import { policyPrefix } from "../mount/policy-prefix.ts";
import { metadataPathOf } from "../paths/secret-paths.ts";
import { isTransient } from "../session/token-liveness.ts";
import type { vaultSettings } from "../settings/vault-settings.ts";
import { openVaultClient } from "./open-vault-client.ts";
import { compareClocks, storageType } from "./server-health.ts";

/** How long a start waits for Vault before it continues without. */
const START_TIMEOUT = 10_000;

/**
 * Opens the backend. A configuration that Vault refuses stops the start. A Vault that is unreachable or sealed does not: the
 * calls that follow contact it again. Leaves nothing open when it throws.
 */
export async function openVaultBackend(
  settings: SettingsOf<typeof vaultSettings>,
  context: PluginContext,
): Promise<SecretsBackend> {
  const { logger, signal } = context;
  const configured = configuredPlace(settings, logger);
  const { namespace, authNamespace } = settings;
  const { transport, client, close } = await openVaultClient(settings, context);
  const proof = new MountProof(client, configured, logger);
  const nameLimit = new NameLimit(configured.kvVersion, (limits) => storageType(transport, limits));
  try {
    signal.throwIfAborted();
    const problems = await prove(transport, client, proof, context);
    return createBackend(configured, {
      requests: new VaultRequests(client, proof, nameLimit, policyPrefix(namespace, authNamespace)),
      prefix: [namespace, configured.values].filter((part) => part !== undefined).join("/"),
      location: `Vault at ${transport.address} under ${configured.values}`,
      problems: () => problems,
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

function createBackend(
  { kvVersion, values, metadata }: ConfiguredPlace,
  parts: VaultBackendParts,
): SecretsBackend {
  if (kvVersion === 1) return new Kv1Backend(parts);
  const isDerived = metadata === undefined || metadata === metadataPathOf(values);
  return isDerived ? new Kv2Backend(parts) : new ConfirmedDeletions(parts);
}

/** Proves the mount, and returns the problems that do not stop a start. */
async function prove(
  transport: Transport,
  client: VaultClient,
  proof: MountProof,
  { logger, signal, opensDegraded = false }: PluginContext,
): Promise<readonly HealthProblem[]> {
  // A timer of its own: those of the session and of `AbortSignal.timeout` keep no process alive, and a process that waits
  // for its start would exit silently.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), START_TIMEOUT);
  const limits: CallLimits = {
    signal: AbortSignal.any([signal, late.signal]),
    deadline: Date.now() + START_TIMEOUT,
    // The application waits for its start. A Vault that is unreachable is contacted again by the calls.
    failsFast: true,
  };
  try {
    const [, paths] = await Promise.all([compareClocks(transport, limits, logger), proof.locate(limits)]);
    return await findMissingCapabilities(client, paths.place, limits, logger);
  } catch (error) {
    signal.throwIfAborted();
    if (!(isTransient(error) && error.retryable) && !late.signal.aborted) {
      if (!opensDegraded || !isSecretsError(error) || error.reason === DISPATCHER_UNSUPPORTED) throw error;
      warnOfRefusal(error, logger);
      return [];
    }
    const why = isSecretsError(error) ? ` ${error.message}` : " It did not answer in time.";
    logger.warn(
      { code: "ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START" },
      `The secrets manager starts without Vault, which is unavailable now. Calls fail until it is available; no restart is needed.${why}`,
    );
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** Secrets in the database need no Vault. */
function warnOfRefusal({ code, reason, message }: SecretsError, logger: Logger): void {
  logger.warn(
    { code: "ARCHESTRA_SECRETS_VAULT_REFUSED_AT_START", error: code, reason },
    `The secrets manager starts without Vault, which refuses the configuration. Secrets in the database are served. Calls that need Vault fail until this is corrected, then they succeed without a restart. In strict mode this stops a start. ${message}`,
  );
}
