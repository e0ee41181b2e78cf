import { type Logger, SecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { abortable } from "../client/abortable.ts";
import { answerError } from "../client/answer-error.ts";
import { CallFailure, rethrowTold } from "../client/call-failure.ts";
import { unexpectedAnswer } from "../client/classify-answer.ts";
import type { CallLimits, ClientRequest, VaultClient } from "../client/vault-client.ts";
import { encodePath } from "../paths/encode-path.ts";
import { metadataPathOf, SecretPaths, type SecretPlace } from "../paths/secret-paths.ts";
import { leadsToValuesOfKv2 } from "./data-route.ts";
import { readKvVersion } from "./kv-version.ts";

const LOOK_TIMEOUT = 15_000;

/** What the settings say of the place. */
export interface ConfiguredPlace extends Pick<SecretPlace, "kvVersion" | "values"> {
  /** Absent: it follows from the mount. */
  readonly entries?: string | undefined;
}

/**
 * What is proven of the mount: that it is a KV engine of the version in the settings. A client of the wrong version would
 * take every secret for absent, and delete none while it is told that it did.
 */
export class MountProof {
  readonly #client: VaultClient;
  readonly #configured: ConfiguredPlace;
  readonly #logger: Logger;
  #paths: SecretPaths | undefined;
  #isProven = false;
  #settling: Promise<void> | undefined;
  #warned = false;

  constructor(client: VaultClient, configured: ConfiguredPlace, logger: Logger) {
    this.#client = client;
    this.#configured = configured;
    this.#logger = logger;
  }

  /** Whether it is known where the secrets lie. */
  get isSettled(): boolean {
    return this.#paths !== undefined;
  }

  /** Whether the mount was seen. False: the token may not look at it. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** @throws TypeError before it is settled */
  get paths(): SecretPaths {
    if (this.#paths === undefined) throw new TypeError("The mount has not been looked at.");
    return this.#paths;
  }

  /**
   * Looks at the mount, once for all who wait.
   *
   * @throws INVALID_CONFIGURATION when it is missing, is no KV engine, has the other version, or lies elsewhere than the
   * settings say; what the request fails with otherwise
   */
  async settle(limits: CallLimits): Promise<void> {
    if (limits.isBrief) return this.#look(limits).catch(rethrowTold);
    this.#settling ??= this.#lookInTime().finally(() => {
      this.#settling = undefined;
    });
    this.#settling.catch(() => undefined);
    await abortable(this.#settling, limits.signal);
  }

  /** Nothing is absent on a mount that nobody has seen. */
  async assertAbsenceIsProven(limits: CallLimits): Promise<void> {
    if (this.#isProven) return;
    await this.#look(limits).catch(rethrowTold);
    if (this.#isProven) return;
    const { values, entries } = this.#configured;
    if (entries !== undefined)
      this.#isProven = await leadsToValuesOfKv2(this.#client, values, limits).catch(rethrowTold);
    if (this.#isProven) return;
    throw new SecretsError(
      "PERMISSION_DENIED",
      `Vault answers that there is no such secret, and the token may not look at the mount, so that it is not known whether this is KV version ${this.#configured.kvVersion} at all: on another version every secret seems absent. Allow the token "read" on "sys/internal/ui/mounts/*". When ARCHESTRA_HASHICORP_VAULT_SECRET_PATH begins with a namespace, set that as ARCHESTRA_HASHICORP_VAULT_NAMESPACE, and the namespace of the login as ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE.`,
      { reason: "MOUNT_NOT_PROVEN" },
    );
  }

  async #lookInTime(): Promise<void> {
    const limits = lookLimits();
    try {
      await this.#look(limits);
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (!limits.signal.aborted || error.told !== limits.signal.reason) throw error.told;
      // Why it took so long says more than that it did.
      if (error.before !== undefined) throw error.before;
      const words = `The look at the mount did not end within ${LOOK_TIMEOUT} ms.`;
      throw new SecretsError("UNAVAILABLE", words, { reason: "NO_ANSWER" });
    }
  }

  /** @throws CallFailure when there is no answer */
  async #look(limits: CallLimits): Promise<void> {
    const { values } = this.#configured;
    const request: ClientRequest = {
      method: "GET",
      path: `sys/internal/ui/mounts/${encodePath(values)}`,
      fromLeader: true,
      // Without the path itself: one that leads to no mount may be a secret that was meant for another variable.
      subject: "the look at the mount that ARCHESTRA_HASHICORP_VAULT_SECRET_PATH begins with",
    };
    const { answer, classified } = await this.#client.send(request, limits, "read");
    if (classified === undefined) {
      this.#paths = new SecretPaths(this.#prove(answer, request));
      this.#isProven = true;
      return;
    }
    if (classified.code !== "PERMISSION_DENIED") throw answerError(answer, classified, request);
    if (await this.#lookInNamespaces(limits)) return;
    await this.#tryMount(limits);
    this.#paths = new SecretPaths(this.#placeBehind(undefined));
  }

  /**
   * A path may begin with a namespace, in which a token of its parent may look at the mount, and not from outside.
   *
   * @returns whether the mount was seen
   */
  async #lookInNamespaces(limits: CallLimits): Promise<boolean> {
    const segments = this.#configured.values.split("/");
    const data = this.#configured.kvVersion === 2 ? segments.indexOf("data") : segments.length;
    for (let length = 1; length < data; length++) {
      const namespace = segments.slice(0, length).join("/");
      const request: ClientRequest = {
        method: "GET",
        path: `${encodePath(namespace)}/sys/internal/ui/mounts/${encodePath(segments.slice(length).join("/"))}`,
        subject:
          "the look at the mount in a namespace that ARCHESTRA_HASHICORP_VAULT_SECRET_PATH begins with",
      };
      const { answer, classified } = await this.#client.send(request, limits, "read");
      const { path, type } = (answer.data ?? {}) as Readonly<Record<string, unknown>>;
      if (classified !== undefined || typeof path !== "string" || typeof type !== "string") continue;
      this.#paths = new SecretPaths(this.#prove(answer, request, namespace));
      this.#isProven = true;
      return true;
    }
    return false;
  }

  /** A mount that may not be looked at can still be missing, or of the wrong version, in a way that a read shows. */
  async #tryMount(limits: CallLimits): Promise<void> {
    const { values } = this.#configured;
    const request: ClientRequest = {
      method: "GET",
      path: `${encodePath(values)}/${encodePath(" archestra-check")}`,
      subject: "a read under ARCHESTRA_HASHICORP_VAULT_SECRET_PATH",
    };
    const { answer, classified } = await this.#client.send(request, limits, "read");
    if (classified?.code !== "INVALID_CONFIGURATION") return;
    const remedy = values.startsWith("v1/")
      ? "The path begins with `v1/`, which is added to every path: leave it out."
      : undefined;
    throw answerError(answer, classified, { ...request, ...(remedy === undefined ? {} : { remedy }) });
  }

  /** @param namespace what of the path stands before the mount. Absent: nothing */
  #prove(answer: VaultAnswer, request: ClientRequest, namespace?: string): SecretPlace {
    const { path, type, options } = (answer.data ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof path !== "string" || typeof type !== "string")
      throw answerError(answer, unexpectedAnswer(), request);
    const mount = [namespace, path.replace(/\/$/, "")].filter((part) => part !== undefined).join("/");
    if (type !== "kv" && type !== "generic") {
      throw misconfigured(
        "NOT_KV",
        `The engine mounted at ${JSON.stringify(mount)} is of the type ${JSON.stringify(type)} and no KV engine. Correct ARCHESTRA_HASHICORP_VAULT_SECRET_PATH.`,
      );
    }
    const version = readKvVersion(options);
    if (version === undefined) throw answerError(answer, unexpectedAnswer(), request);
    const { kvVersion } = this.#configured;
    if (version !== kvVersion) {
      throw misconfigured(
        "WRONG_KV_VERSION",
        `The mount ${JSON.stringify(mount)} is KV version ${version}, and ARCHESTRA_HASHICORP_VAULT_KV_VERSION is ${kvVersion}. Set it to ${version} (and ARCHESTRA_HASHICORP_VAULT_SECRET_PATH to ${JSON.stringify(version === 2 ? `${mount}/data/…` : `${mount}/…`)}), or name a mount of version ${kvVersion}.`,
      );
    }
    return this.#placeBehind(mount);
  }

  #placeBehind(mount: string | undefined): SecretPlace {
    const { kvVersion, values, entries: given } = this.#configured;
    if (kvVersion === 1) return { kvVersion, values, entries: values };
    const derived = metadataPathOf(values, mount);
    if (given !== undefined) {
      if (mount !== undefined && given !== derived) this.#warnOfMetadataPath(mount, derived);
      return { kvVersion, values, entries: given };
    }
    if (derived !== undefined) return { kvVersion, values, entries: derived };
    if (mount === undefined) throw misconfigured("NO_DATA_SEGMENT", noDataSegment());
    throw misconfigured(
      "NO_DATA_SEGMENT",
      `ARCHESTRA_HASHICORP_VAULT_SECRET_PATH leads to the mount ${JSON.stringify(mount)} of KV version 2, so it has to begin with ${JSON.stringify(`${mount}/data`)}.`,
    );
  }

  /** Without the given path, which may be a secret that was meant for another variable. */
  #warnOfMetadataPath(mount: string, derived: string | undefined): void {
    if (this.#warned) return;
    this.#warned = true;
    const problem =
      derived === undefined
        ? `ARCHESTRA_HASHICORP_VAULT_SECRET_PATH does not begin with ${JSON.stringify(`${mount}/data`)}, where the mount keeps its values.`
        : `ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH is not ${JSON.stringify(derived)}, which belongs to ARCHESTRA_HASHICORP_VAULT_SECRET_PATH.`;
    this.#logger.warn(
      { code: "ARCHESTRA_SECRETS_VAULT_METADATA_PATH" },
      `${problem} The paths are used as given. Without a proxy that rewrites them, secrets are not found, listed or deleted: correct the paths, or unset ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH.`,
    );
  }
}

/** Those of the look itself: a caller's end is its own, and others wait on. */
function lookLimits(): CallLimits {
  return { signal: AbortSignal.timeout(LOOK_TIMEOUT), deadline: Date.now() + LOOK_TIMEOUT };
}

/** A path of values without `data`, on KV 2, and no path of metadata beside it. */
export function noDataSegment(): string {
  return `ARCHESTRA_HASHICORP_VAULT_SECRET_PATH lacks the segment "data", which KV version 2 needs. Put "data" behind the mount in ARCHESTRA_HASHICORP_VAULT_SECRET_PATH, as in "secret/data/archestra" for the mount "secret". If the mount is KV version 1, set ARCHESTRA_HASHICORP_VAULT_KV_VERSION=1. If a proxy rewrites the paths, set ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH, too.`;
}

export function misconfigured(reason: string, words: string): SecretsError {
  return new SecretsError("INVALID_CONFIGURATION", words, { reason });
}
