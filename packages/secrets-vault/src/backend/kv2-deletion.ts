import { setTimeout as sleep } from "node:timers/promises";
import { type CallContext, isSecretsError } from "@archestra/secrets-core/plugin";
import { ATTEMPTS, endsInTime, waitBeforeRetry } from "../client/retry-policy.ts";
import type { CallLimits, ClientRequest } from "../client/vault-client.ts";
import { readCounter, readCurrentVersion } from "./kv2-entry.ts";
import { outcomeUnknown, reserveOf } from "./outcome-unknown.ts";
import { isSameVersion, type StoredVersion } from "./stored-version.ts";
import type { VaultCalls } from "./vault-calls.ts";

/**
 * Deletes one secret on KV 2 with all of its versions. Deletions have no condition: one whose answer was lost is sent again
 * only while the secret still has the version that it had before, since another process may have created it again.
 */
export class Kv2Deletion {
  readonly #calls: VaultCalls;
  readonly #request: ClientRequest;
  readonly #entry: ClientRequest;

  /** @param path the path of the secret's metadata */
  constructor(calls: VaultCalls, name: string, path: string) {
    this.#calls = calls;
    this.#request = { method: "DELETE", path, subject: `deleting ${JSON.stringify(name)}` };
    this.#entry = {
      method: "GET",
      path,
      fromLeader: true,
      subject: `reading the metadata of ${JSON.stringify(name)}`,
    };
  }

  /**
   * Deletes the secret.
   *
   * @param expected the version that it has. Absent: it is read first
   * @returns false when there was nothing left to delete
   * @throws OUTCOME_UNKNOWN when the answer was lost and the secret has another version by now, or cannot be read
   */
  async run(expected: StoredVersion | undefined, context: CallContext): Promise<boolean> {
    const before = expected ?? (await this.#versionIfReadable(context));
    if (before === "absent") return false;
    const startedAt = Date.now();
    for (let attempt = 0; ; attempt++) {
      const lost = await this.#calls.change(this.#request, context);
      if (lost === undefined) return true;
      const current = await this.#currentVersion(reserveOf(context.deadline)).catch(() => undefined);
      if (current === "absent") return true;
      const isSame = current !== undefined && before !== undefined && isSameVersion(before, current);
      const wait = waitBeforeRetry(attempt, undefined);
      const mayRepeat = attempt + 1 < ATTEMPTS && endsInTime(wait, startedAt, context.deadline);
      if (!isSame || !mayRepeat || context.signal.aborted) throw outcomeUnknown(lost);
      await sleep(wait, undefined, { signal: context.signal }).catch(() => {
        throw outcomeUnknown(lost);
      });
    }
  }

  /** A token that may delete but not read the metadata can delete all the same: it is then sent once. */
  #versionIfReadable(context: CallContext): Promise<StoredVersion | "absent" | undefined> {
    return this.#currentVersion(context).catch((error: unknown) => {
      if (isSecretsError(error, "PERMISSION_DENIED")) return undefined;
      throw error;
    });
  }

  /**
   * The version that the metadata names, also one that was deleted softly. Undefined: the metadata names none.
   *
   * @throws UNAVAILABLE, reason UNEXPECTED_ANSWER, when what came is not metadata of Vault
   */
  async #currentVersion(limits: CallLimits): Promise<StoredVersion | "absent" | undefined> {
    const answer = await this.#calls.read(this.#entry, limits);
    if (answer.status === 404) return "absent";
    if (readCounter(answer) === undefined) throw this.#calls.unexpected(this.#entry, answer);
    return readCurrentVersion(answer);
  }
}
