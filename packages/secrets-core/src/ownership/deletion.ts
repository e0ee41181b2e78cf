import type { ExpectedEntry } from "../backend/ownership-store.ts";
import { assertInTime } from "../call/assert-in-time.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isOutcomeUnknown, isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import { activateOnFailure } from "./locked-entry.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";

/** A deletion whose entry is in the state `deleting`, under a transition id of this call. */
interface StartedDeletion {
  readonly entry: ExpectedEntry;
  readonly owner: BackendHandle;
  /** The manager that holds a copy. Undefined: none, or the ownership store in the same row. */
  readonly copyHolder: BackendHandle | undefined;
}

/** Deletes a secret of any manager with its copy, and its entry last. */
export class Deletion {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;

  constructor(table: OwnershipTable, managers: Managers) {
    this.#table = table;
    this.#managers = managers;
  }

  /**
   * Deletes the secret of an entry. Where it is proven that nothing was deleted, the entry is active again.
   *
   * @param entry as it was read: `active`, or `locked` by this call
   * @returns whether there was a value. Undefined: the entry is no longer as it was read
   */
  async delete(entry: ExpectedEntry, call: RunningCall): Promise<boolean | undefined> {
    const start = () => this.#start(entry, call);
    const started = await (entry.state === "locked"
      ? activateOnFailure(entry, this.#table, call, start)
      : start());
    if (started === undefined) return undefined;
    try {
      return await this.#deleteValues(started, call);
    } catch (error) {
      if (isOutcomeUnknown(error)) throw error;
      const isReverted = await this.#table.activate(started.entry, call.finishing()).catch(() => false);
      throw isReverted ? error : deletionContinues(error);
    }
  }

  /** Takes over the deletion of a process that died, and completes it. */
  async takeOver(stale: ExpectedEntry, call: RunningCall): Promise<void> {
    const started = await this.#start(stale, call);
    if (started !== undefined) await this.#deleteValues(started, call);
  }

  async #start(entry: ExpectedEntry, call: RunningCall): Promise<StartedDeletion | undefined> {
    const owner = await this.#managers.ownerOf(entry);
    const copyHolder = await this.#managers.copyHolderOf(entry);
    const deleting = await this.#table.startDeletion(entry, call);
    return deleting && { entry: deleting, owner, copyHolder };
  }

  /** Deletes the copy first: a failure after that has lost nothing. */
  async #deleteValues({ entry, owner, copyHolder }: StartedDeletion, call: RunningCall): Promise<boolean> {
    const { name } = entry;
    const isInRow = owner === this.#managers.tableManager;
    if (copyHolder !== undefined) {
      assertInTime(call, copyHolder);
      await copyHolder.delete(name, "any", call);
    }
    assertInTime(call, owner);
    const wasThere = isInRow || (await owner.delete(name, "any", call));
    try {
      // An entry that another process took over is left to that process.
      await this.#table.remove(entry, call.finishing());
    } catch (error) {
      throw isInRow ? error : entryNotUpdated(error);
    }
    return wasThere;
  }
}

/** The values changed, and the entry does not say so yet. */
export function entryNotUpdated(cause?: unknown): SecretsError {
  const message =
    "The change was made, and the ownership table could not be updated in time. The next call that uses the secret completes it. Read the secret before you repeat the change.";
  return new SecretsError("OUTCOME_UNKNOWN", message, { cause, manager: managerOf(cause) });
}

function deletionContinues(cause: unknown): SecretsError {
  const message =
    "The deletion failed and could not be rolled back. The secret reads as absent and will be deleted on next use. Read it before you repeat the deletion.";
  return new SecretsError("OUTCOME_UNKNOWN", message, { cause, manager: managerOf(cause) });
}

/** The manager that failed. Undefined: the cause names none. */
function managerOf(cause: unknown): string | undefined {
  return isSecretsError(cause) ? cause.manager : undefined;
}
