import { isSecretsError, SecretsError } from "@archestra/secrets-core/plugin";
import { answerError } from "../answers/answer-error.ts";
import { unexpectedAnswer, unreadableValue } from "../answers/classified-answer.ts";
import { classifyAnswer } from "../answers/classify-answer.ts";
import { isAbsence, isDeletedVersion, type VaultAnswer } from "../answers/vault-answer.ts";
import { CallFailure, throwPublicError } from "../client/call-failure.ts";
import { policyRemedy } from "../client/required-capabilities.ts";
import type { CallResult, ClientRequest, VaultClient } from "../client/vault-client.ts";
import { type CallLimits, limitsWithin } from "../http/call-limits.ts";
import type { MountProof } from "../mount/mount-proof.ts";
import type { SecretPaths } from "../paths/secret-paths.ts";
import { isShortName, type NameLimit } from "./name-limit.ts";

/** The requests of a backend to a mount that is proven, and the errors of their answers. */
export class VaultRequests {
  readonly client: VaultClient;
  readonly #proof: MountProof;
  readonly #nameLimit: NameLimit;
  readonly #policyPrefix: string;

  /** @param policyPrefix what precedes our paths in a policy of the token. Empty: nothing */
  constructor(client: VaultClient, proof: MountProof, nameLimit: NameLimit, policyPrefix: string) {
    this.client = client;
    this.#proof = proof;
    this.#nameLimit = nameLimit;
    this.#policyPrefix = policyPrefix;
  }

  /** The paths for a read of a secret. Undefined: the mount was not found yet, or the name may be too long. */
  knownPathsOf(name: string): SecretPaths | undefined {
    return isShortName(name) ? this.#proof.paths : undefined;
  }

  /**
   * The paths for requests about a secret, once the mount is found.
   *
   * @throws INVALID_ARGUMENT, reason REFUSED_NAME, when the storage behind Vault cannot hold the name
   */
  async pathsOf(name: string, limits: CallLimits): Promise<SecretPaths> {
    if (!isShortName(name)) await this.#nameLimit.assertStorable(name, limits);
    return this.paths(limits);
  }

  /** The paths, once the mount is found. */
  async paths(limits: CallLimits): Promise<SecretPaths> {
    limits.signal.throwIfAborted();
    return this.#proof.paths ?? (await this.#proof.locate(limits));
  }

  /**
   * Sends a read, and returns its answer when it is a success or a proven absence, which has the status 404.
   *
   * @param mayBeDeleted whether the answer for a deleted or destroyed version on KV 2 is returned, too
   * @throws SecretsError for everything else
   */
  async read(request: ClientRequest, limits: CallLimits, mayBeDeleted = false): Promise<VaultAnswer> {
    let result: CallResult;
    try {
      result = await this.client.send(request, limits, "read");
    } catch (error) {
      throwPublicError(error);
    }
    const { answer, classified } = result;
    if (classified === undefined || (mayBeDeleted && isDeletedVersion(answer))) return answer;
    if (!isAbsence(answer)) throw this.error(request, answer, classified);
    await this.#proof.assertAbsenceIsProven(limits);
    return answer;
  }

  /**
   * Sends a write that must not be repeated.
   *
   * @returns undefined when Vault confirmed it. Otherwise its error: whether Vault carried it out is unknown
   * @throws SecretsError when Vault did not carry it out
   */
  async writeOnce(request: ClientRequest, limits: CallLimits): Promise<unknown> {
    let result: CallResult;
    try {
      result = await this.client.send(request, limits, "single write");
    } catch (error) {
      if (error instanceof CallFailure && error.mayHaveExecuted) return error.publicError;
      throwPublicError(error);
    }
    const { answer, classified, mayHaveExecuted } = result;
    if (answer.status === 204) return undefined;
    if (classified === undefined) return this.unexpected(request, answer);
    const error = this.error(request, answer, classified);
    if (mayHaveExecuted) return error;
    throw error;
  }

  /** The error of an answer, with the capability to add when the policies of the token lack it. */
  error(request: ClientRequest, answer: VaultAnswer, classified = classifyAnswer(answer)): SecretsError {
    const { method, path, subject, body } = request;
    const isPolicy = classified?.reason === "POLICY";
    const remedy = isPolicy ? policyRemedy(method, path, this.#policyPrefix) : undefined;
    return answerError(answer, classified, { subject, body, remedy });
  }

  /** The error of an answer of 200 that did not come from Vault. */
  unexpected(request: ClientRequest, answer: VaultAnswer): SecretsError {
    return answerError(answer, unexpectedAnswer, request);
  }

  /** The error of an answer of Vault whose value is not an object. */
  unreadable(request: ClientRequest, answer: VaultAnswer): SecretsError {
    return answerError(answer, unreadableValue, request);
  }
}

/** Whether a read failed since the stored value is lost or invalid. It can be overwritten and deleted. */
export function isDamaged(error: unknown): boolean {
  const reason = isSecretsError(error) ? error.reason : undefined;
  return reason === "DAMAGED_SECRET" || reason === "NOT_AN_OBJECT";
}

/** The error of a write that was sent, got no answer, and whose outcome reading back does not show. */
export function outcomeUnknown(cause: unknown): SecretsError {
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    "The change was sent to Vault, its answer did not arrive, and reading back does not show whether it happened. Read the secret before you repeat the change.",
    { cause },
  );
}

/** Limits for reading back what a write did: the time until the deadline, although the signal may have aborted. */
export function readBackLimits({ deadline }: CallLimits): CallLimits {
  return limitsWithin(Math.max(1, deadline - Date.now()), "Reading the change back");
}
