import { assertExactNumbers, isSecretsError, type SecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { isAbsence, isDeletedVersion } from "../client/absence.ts";
import { answerError } from "../client/answer-error.ts";
import { CallFailure, rethrowTold } from "../client/call-failure.ts";
import { classifyAnswer, unexpectedAnswer, unreadableValue } from "../client/classify-answer.ts";
import type { CallKind, CallLimits, CallResult, ClientRequest, VaultClient } from "../client/vault-client.ts";
import type { SecretPaths } from "../paths/secret-paths.ts";
import type { MountProof } from "../startup/mount-proof.ts";
import { capabilityRemedy } from "../startup/policy-stanza.ts";

/** The requests of a store, on a mount that is proven, and what their answers mean to it. */
export class VaultCalls {
  readonly #client: VaultClient;
  readonly #proof: MountProof;
  readonly #policyPrefix: string;

  /** @param policyPrefix what stands before a path of ours in a policy of the token */
  constructor(client: VaultClient, proof: MountProof, policyPrefix = "") {
    this.#client = client;
    this.#proof = proof;
    this.#policyPrefix = policyPrefix;
  }

  /** The paths, when the mount is known, as it nearly always is. For reads alone, which need no look at the signal. */
  get knownPaths(): SecretPaths | undefined {
    return this.#proof.isSettled ? this.#proof.paths : undefined;
  }

  /** The paths, once the mount is known. */
  async paths(limits: CallLimits): Promise<SecretPaths> {
    limits.signal.throwIfAborted();
    if (!this.#proof.isSettled) await this.#proof.settle(limits);
    return this.#proof.paths;
  }

  /**
   * Sends a read, or a change that can be repeated.
   *
   * @throws CallFailure
   */
  send(request: ClientRequest, limits: CallLimits, kind: CallKind): Promise<CallResult> {
    return this.#client.send(request, limits, kind);
  }

  /**
   * Sends a change that must not be repeated.
   *
   * @returns undefined when Vault confirmed it. Else what callers are told if it did not happen: whether it did is unknown
   * @throws SecretsError when it certainly did not happen
   */
  async change(request: ClientRequest, limits: CallLimits): Promise<unknown> {
    try {
      const { answer, classified, mayHaveHappened } = await this.#client.send(request, limits, "unfenced");
      if (answer.status === 204) return undefined;
      if (classified === undefined) return this.unexpected(request, answer);
      const error = this.error(request, answer, classified);
      if (mayHaveHappened || classified.executed === "maybe") return error;
      throw error;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (!error.mayHaveHappened) throw error.told;
      return error.told;
    }
  }

  /**
   * Sends a read and gives its answer when it is a success or a proven absence, which has the status 404.
   *
   * @throws SecretsError for everything else
   */
  read(request: ClientRequest, limits: CallLimits): Promise<VaultAnswer> {
    return this.#read(request, limits, false);
  }

  /** The same of a version on KV 2, which can also be deleted or destroyed: then the answer says which one it was. */
  readVersion(request: ClientRequest, limits: CallLimits): Promise<VaultAnswer> {
    return this.#read(request, limits, true);
  }

  async #read(request: ClientRequest, limits: CallLimits, mayBeDeleted: boolean): Promise<VaultAnswer> {
    let result: CallResult;
    try {
      result = await this.#client.send(request, limits, "read");
    } catch (error) {
      rethrowTold(error);
    }
    const { answer, classified } = result;
    if (classified === undefined || (mayBeDeleted && isDeletedVersion(answer))) return answer;
    if (!isAbsence(answer)) throw this.error(request, answer, classified);
    await this.#proof.assertAbsenceIsProven(limits);
    return answer;
  }

  /**
   * Refuses an answer whose numbers would be rounded, where a call asks for that: its value is about to be written to
   * another store. Version 1 keeps every digit that another program wrote.
   *
   * @throws SecretsError INVALID_VALUE, reason NUMBER_NOT_EXACT
   */
  assertExact({ text }: VaultAnswer, { exactNumbers = false }: CallLimits): void {
    if (exactNumbers && text !== undefined) assertExactNumbers(text);
  }

  /** The error of an answer, with the capability to add when that is what is missing. */
  error(request: ClientRequest, answer: VaultAnswer, classified = classifyAnswer(answer)): SecretsError {
    const remedy =
      classified?.reason === "POLICY" ? capabilityRemedy(request, this.#policyPrefix) : undefined;
    return answerError(answer, classified, {
      subject: request.subject,
      body: request.body,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  /** The error of an answer of 200 that is not what Vault sends. */
  unexpected(request: ClientRequest, answer: VaultAnswer): SecretsError {
    return answerError(answer, unexpectedAnswer(), request);
  }

  /** The error of an answer of Vault's in which the value is none. */
  unreadable(request: ClientRequest, answer: VaultAnswer): SecretsError {
    return answerError(answer, unreadableValue(), request);
  }
}

/** Whether a read failed since what is stored is none: it is there, and can be overwritten and deleted. */
export function isDamaged(error: unknown): boolean {
  const reason = isSecretsError(error) ? error.reason : undefined;
  return reason === "DAMAGED_SECRET" || reason === "NOT_AN_OBJECT";
}
