import type { Logger } from "@archestra/secrets-core/plugin";
import { answerError } from "../answers/answer-error.ts";
import { unexpectedAnswer } from "../answers/classified-answer.ts";
import type { VaultAnswer } from "../answers/vault-answer.ts";
import type { ClientRequest, VaultClient } from "../client/vault-client.ts";
import type { CallLimits } from "../http/call-limits.ts";
import { encodePath } from "../paths/encode-path.ts";
import { metadataPathOf, type SecretPlace } from "../paths/secret-paths.ts";
import { misconfigured } from "../settings/misconfigured.ts";
import { type ConfiguredPlace, noDataSegment } from "./configured-place.ts";
import { kvVersionOf, mountOf } from "./mount-answer.ts";

/** Breaks the grammar of names, so that no secret has this name. Vault accepts it. */
const NAME_OF_NO_SECRET = encodePath(" archestra-check");

export interface FoundMount {
  readonly place: SecretPlace;
  /** Whether Vault described the mount. False: the token has no permission to read it. */
  readonly isProven: boolean;
}

/** Reads the mount that the configured path begins with. */
export class MountLookup {
  readonly #client: VaultClient;
  readonly #configured: ConfiguredPlace;
  readonly #logger: Logger;
  #hasWarned = false;

  constructor(client: VaultClient, configured: ConfiguredPlace, logger: Logger) {
    this.#client = client;
    this.#configured = configured;
    this.#logger = logger;
  }

  /** @throws CallFailure when Vault does not answer; INVALID_CONFIGURATION when it is not a mount as configured */
  async find(limits: CallLimits): Promise<FoundMount> {
    const request: ClientRequest = {
      method: "GET",
      path: `sys/internal/ui/mounts/${encodePath(this.#configured.values)}`,
      fromLeader: true,
      // Without the path itself: one that leads to no mount may be a secret that was meant for another variable.
      subject: "reading the mount that ARCHESTRA_HASHICORP_VAULT_SECRET_PATH begins with",
    };
    const { answer, classified } = await this.#client.send(request, limits, "read");
    if (classified === undefined) return { place: this.#placeOn(answer, request), isProven: true };
    if (classified.code !== "PERMISSION_DENIED") throw answerError(answer, classified, request);
    const place = await this.#findInNamespaces(limits);
    if (place !== undefined) return { place, isProven: true };
    await this.#assertNotMisconfigured(limits);
    return { place: this.#placeBehind(undefined), isProven: false };
  }

  /**
   * Whether the configured path leads to the values of KV version 2, by Vault's own help. That needs no permission beyond
   * reading the path, and works behind a proxy that rewrites paths. False without a configured metadata path.
   *
   * @throws CallFailure when Vault does not answer
   */
  async hasValuesOfKv2(limits: CallLimits): Promise<boolean> {
    const { values, metadata } = this.#configured;
    if (metadata === undefined) return false;
    const request: ClientRequest = {
      method: "GET",
      path: `${encodePath(values)}/${NAME_OF_NO_SECRET}?help=1`,
      subject: "reading the help of the engine under ARCHESTRA_HASHICORP_VAULT_SECRET_PATH",
    };
    const { answer, classified } = await this.#client.send(request, limits, "read");
    const help = answer.body?.help;
    return classified === undefined && typeof help === "string" && help.includes("\nMatching Route: ^data/(");
  }

  /** Finds a mount in a namespace that the path begins with: there, a token of the parent can read it. */
  async #findInNamespaces(limits: CallLimits): Promise<SecretPlace | undefined> {
    const segments = this.#configured.values.split("/");
    const data = this.#configured.kvVersion === 2 ? segments.indexOf("data") : segments.length;
    for (let length = 1; length < data; length++) {
      const namespace = segments.slice(0, length).join("/");
      const request: ClientRequest = {
        method: "GET",
        path: `${encodePath(namespace)}/sys/internal/ui/mounts/${encodePath(segments.slice(length).join("/"))}`,
        subject: "reading the mount in a namespace that ARCHESTRA_HASHICORP_VAULT_SECRET_PATH begins with",
      };
      const { answer, classified } = await this.#client.send(request, limits, "read");
      if (classified === undefined && mountOf(answer) !== undefined)
        return this.#placeOn(answer, request, namespace);
    }
    return undefined;
  }

  /** A read shows whether a mount that the token cannot read is missing or has the wrong version. */
  async #assertNotMisconfigured(limits: CallLimits): Promise<void> {
    const { values } = this.#configured;
    const request: ClientRequest = {
      method: "GET",
      path: `${encodePath(values)}/${NAME_OF_NO_SECRET}`,
      subject: "a read under ARCHESTRA_HASHICORP_VAULT_SECRET_PATH",
    };
    const { answer, classified } = await this.#client.send(request, limits, "read");
    if (classified?.code !== "INVALID_CONFIGURATION") return;
    const remedy = values.startsWith("v1/")
      ? "The path begins with `v1/`, which is added to every path: leave it out."
      : undefined;
    throw answerError(answer, classified, { ...request, remedy });
  }

  /** @param namespace what the path has before the mount. Absent: nothing */
  #placeOn(answer: VaultAnswer, request: ClientRequest, namespace?: string): SecretPlace {
    const found = mountOf(answer);
    if (found === undefined) throw answerError(answer, unexpectedAnswer, request);
    const mount = namespace === undefined ? found.path : `${namespace}/${found.path}`;
    if (found.type !== "kv" && found.type !== "generic") {
      throw misconfigured(
        "NOT_KV",
        `The engine mounted at ${JSON.stringify(mount)} has the type ${JSON.stringify(found.type)} and is not a KV engine. Correct ARCHESTRA_HASHICORP_VAULT_SECRET_PATH.`,
      );
    }
    const version = kvVersionOf(found.options);
    if (version === undefined) throw answerError(answer, unexpectedAnswer, request);
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
    const { kvVersion, values, metadata: given } = this.#configured;
    if (kvVersion === 1) return { kvVersion, values, metadata: values };
    const derived = metadataPathOf(values, mount);
    if (given !== undefined) {
      if (mount !== undefined && given !== derived) this.#warnOfMetadataPath(mount, derived);
      return { kvVersion, values, metadata: given };
    }
    if (derived !== undefined) return { kvVersion, values, metadata: derived };
    if (mount === undefined) throw misconfigured(...noDataSegment);
    throw misconfigured(
      "NO_DATA_SEGMENT",
      `ARCHESTRA_HASHICORP_VAULT_SECRET_PATH leads to the mount ${JSON.stringify(mount)} of KV version 2, so it has to begin with ${JSON.stringify(`${mount}/data`)}.`,
    );
  }

  /** Without the given path, which may be a secret that was meant for another variable. */
  #warnOfMetadataPath(mount: string, derived: string | undefined): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
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
