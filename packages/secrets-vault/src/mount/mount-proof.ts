import { type Logger, SecretsError } from "@archestra/secrets-core/plugin";
import { CallFailure, throwPublicError } from "../client/call-failure.ts";
import type { VaultClient } from "../client/vault-client.ts";
import { type CallLimits, limitsWithin } from "../http/call-limits.ts";
import { SecretPaths } from "../paths/secret-paths.ts";
import { abortable } from "../session/abortable.ts";
import type { ConfiguredPlace } from "./configured-place.ts";
import { MountLookup } from "./mount-lookup.ts";

const LOOKUP_TIMEOUT = 15_000;

/**
 * Proves that the mount is a KV engine of the configured version. On another version, every secret would seem absent, and
 * deletions that have no effect would seem to succeed.
 */
export class MountProof {
  readonly #lookup: MountLookup;
  readonly #kvVersion: 1 | 2;
  #paths: SecretPaths | undefined;
  #isProven = false;
  #locating: Promise<SecretPaths> | undefined;

  constructor(client: VaultClient, configured: ConfiguredPlace, logger: Logger) {
    this.#lookup = new MountLookup(client, configured, logger);
    this.#kvVersion = configured.kvVersion;
  }

  /** The paths of the secrets. Undefined: the mount was not found yet. */
  get paths(): SecretPaths | undefined {
    return this.#paths;
  }

  /**
   * Finds the mount, once for all callers that wait.
   *
   * @throws INVALID_CONFIGURATION when it is missing, is not a KV engine, has the other version, or is at another path than
   * configured; the error of the request otherwise
   */
  async locate(limits: CallLimits): Promise<SecretPaths> {
    if (this.#paths !== undefined) return this.#paths;
    if (limits.failsFast) return this.#find(limits).catch(throwPublicError);
    this.#locating ??= this.#findInTime().finally(() => {
      this.#locating = undefined;
    });
    this.#locating.catch(() => undefined);
    return abortable(this.#locating, limits.signal);
  }

  /** @throws PERMISSION_DENIED, reason MOUNT_NOT_PROVEN, when an absence may be that of another KV version */
  async assertAbsenceIsProven(limits: CallLimits): Promise<void> {
    if (this.#isProven) return;
    await this.#find(limits).catch(throwPublicError);
    if (this.#isProven) return;
    this.#isProven = await this.#lookup.hasValuesOfKv2(limits).catch(throwPublicError);
    if (this.#isProven) return;
    throw new SecretsError(
      "PERMISSION_DENIED",
      `Vault answers that there is no such secret, but the token cannot read the mount, so it is not known whether this is KV version ${this.#kvVersion} at all: on another version every secret seems absent. Allow the token "read" on "sys/internal/ui/mounts/*". When ARCHESTRA_HASHICORP_VAULT_SECRET_PATH begins with a namespace, set that as ARCHESTRA_HASHICORP_VAULT_NAMESPACE, and the namespace of the login as ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE.`,
      { reason: "MOUNT_NOT_PROVEN" },
    );
  }

  async #find(limits: CallLimits): Promise<SecretPaths> {
    const { place, isProven } = await this.#lookup.find(limits);
    this.#isProven ||= isProven;
    this.#paths = new SecretPaths(place);
    return this.#paths;
  }

  /** Has limits of its own, since a caller that gives up ends its own wait alone. */
  async #findInTime(): Promise<SecretPaths> {
    const limits = limitsWithin(LOOKUP_TIMEOUT, "Reading the mount");
    try {
      return await this.#find(limits);
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const { publicError, previousError } = error;
      // Why it took so long is more useful than the timeout.
      throw publicError === limits.signal.reason ? (previousError ?? publicError) : publicError;
    }
  }
}
