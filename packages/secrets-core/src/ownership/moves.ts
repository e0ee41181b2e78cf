import type { Expectation } from "../backend/backend.ts";
import {
  type ExpectedEntry,
  isSameEntry,
  type OwnershipEntry,
  type SecretCopy,
} from "../backend/ownership-store.ts";
import { assertInTime } from "../call/assert-in-time.ts";
import type { RunningCall } from "../call/running-call.ts";
import type { SecretsErrorCode } from "../errors/error-codes.ts";
import { printableText, quotedText } from "../errors/printable-text.ts";
import type { SecretsErrorReason } from "../errors/reasons.ts";
import { isOutcomeUnknown, isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { secretInTransition } from "../errors/unmet-expectation.ts";
import { isSameValue } from "../secret/same-value.ts";
import type { Secret } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import { assertPath } from "./entry.ts";
import { fence, readExactly } from "./fence.ts";
import { activateOnFailure } from "./locked-entry.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";
import type { RoutingStore } from "./routing-store.ts";

/** `skipped`: the secret needs no change, or has no value. `changed`: the entry is no longer as it was read. */
export type MoveOutcome = "done" | "skipped" | "changed";

/**
 * Moves single secrets from one manager to another while applications read and write them. The entry is in the state
 * `moving`, so that writers wait. The value is rewritten at its source under the version that was read, so that a writer
 * that read the entry before cannot succeed any more. It is copied and read back, and then the entry names the new owner.
 */
export class Moves {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;
  readonly #cache: SecretCache | undefined;

  constructor({ table, managers, cache }: RoutingStore) {
    this.#table = table;
    this.#managers = managers;
    this.#cache = cache;
  }

  /**
   * Moves a secret whose entry is `active`.
   *
   * @throws SecretsError ALREADY_EXISTS, reason TARGET_OCCUPIED, when the target holds a secret of this name that is not a
   * copy; CONFLICT, reason COPY_ELSEWHERE, when a third manager holds a copy; CONFLICT, reason COPY_CHANGED, when the copy
   * was changed; INVALID_VALUE, reason NUMBER_NOT_EXACT, when the value contains a number that would be rounded. The
   * secret stays where it was
   */
  async move(entry: OwnershipEntry, target: BackendHandle, call: RunningCall): Promise<MoveOutcome> {
    const source = await this.#managers.ownerOf(entry);
    await this.#assertRoom(entry, target, call);
    return call.change(entry.name, this.#cache, async () => {
      const moving = await this.#table.startMove(entry, copyAt(target, entry.name), call);
      if (moving === undefined) return "changed";
      const activateWith = (copy: SecretCopy | undefined) =>
        this.#table.activateWithCopy(moving, copy, call.finishing());
      const failWith = (copy: SecretCopy | undefined) => async (error: unknown) => {
        // If this fails too, the entry becomes active when it is stale.
        await activateWith(copy).catch(() => false);
        throw error;
      };
      const { secret, version } = await fence(entry.name, source, this.#table, call).catch(
        failWith(entry.copy),
      );
      if (secret === undefined) {
        await activateWith(entry.copy);
        return "skipped";
      }
      await this.#copy(moving, secret, target, entry.copy, call).catch((error: unknown) =>
        // When a copy may exist, the entry continues to name it.
        failWith(isOutcomeUnknown(error) ? moving.copy : entry.copy)(error),
      );
      const copy = { ...copyAt(source, secret.name), ...(version === undefined ? {} : { version }) };
      await this.#complete(moving, secret, target, copy, call).catch(failWith(moving.copy));
      return "done";
    });
  }

  /**
   * Checks whether a move would be refused, and changes nothing. The value is read, since it may be unreadable.
   *
   * @throws SecretsError as `move` does before it changes the entry, and the errors of reading the secret
   */
  async dryRun(entry: OwnershipEntry, target: BackendHandle, call: RunningCall): Promise<MoveOutcome> {
    const source = await this.#managers.ownerOf(entry);
    await this.#assertRoom(entry, target, call);
    return (await readExactly(entry.name, source, this.#table, call)) === undefined ? "skipped" : "done";
  }

  /**
   * Removes the copy that a move left behind.
   *
   * @throws SecretsError CONFLICT, reason OWNER_EMPTY, when the owner has no value: the copy is the last one then
   */
  async finalize(entry: OwnershipEntry, call: RunningCall): Promise<MoveOutcome> {
    const owner = await this.#managers.ownerOf(entry);
    const copyHolder = await this.#managers.copyHolderOf(entry);
    return call.change(entry.name, this.#cache, async () => {
      const locked = await this.#table.lock(entry, call);
      if (locked === undefined) return "changed";
      await activateOnFailure(locked, this.#table, call, async () => {
        await this.#assertOwnerHasValue(entry, owner, call);
        if (copyHolder !== undefined) await this.#deleteCopy(locked, copyHolder, call);
      });
      await this.#table.activateWithCopy(locked, undefined, call.finishing());
      return "done";
    });
  }

  /**
   * Checks whether finalizing would be refused, and changes nothing.
   *
   * @throws SecretsError as `finalize` does before it removes the copy
   */
  async finalizeDryRun(entry: OwnershipEntry, call: RunningCall): Promise<MoveOutcome> {
    const owner = await this.#managers.ownerOf(entry);
    await this.#managers.copyHolderOf(entry);
    await this.#assertOwnerHasValue(entry, owner, call);
    return "done";
  }

  /**
   * Rewrites the paths of an entry, once its values are proven to be where the settings say. A stale transition of another
   * process ends by it, as the value is there; a deletion continues at the new path once it is stale again.
   *
   * @param dryRun whether the entry stays as it is
   * @throws SecretsError NOT_FOUND, reason NOT_AT_NEW_PATH, when there is no value: the entry stays as it is
   */
  async rebind(entry: OwnershipEntry, dryRun: boolean, call: RunningCall): Promise<MoveOutcome> {
    const { name, copy } = entry;
    const owner = await this.#managers.open(entry.manager);
    const copyHolder = copy === undefined ? undefined : await this.#managers.open(copy.manager);
    const isOwnerRebound = entry.path === owner.path(name);
    const isCopyRebound = copyHolder === undefined || copy?.path === copyHolder.path(name);
    if (isOwnerRebound && isCopyRebound) return "skipped";
    if (!isOwnerRebound && !(await owner.has(name, call))) throw notAtNewPath(owner, name);
    if (!isCopyRebound && !(await copyHolder.has(name, call))) throw notAtNewPath(copyHolder, name);
    if (dryRun) return "done";
    const newCopy = copyHolder === undefined ? undefined : { ...copy, ...copyAt(copyHolder, name) };
    return (await this.#table.rebind(entry, owner, newCopy, call)) ? "done" : "changed";
  }

  async #assertOwnerHasValue(
    { name, copy }: OwnershipEntry,
    owner: BackendHandle,
    call: RunningCall,
  ): Promise<void> {
    const hasValue = owner === this.#managers.tableManager || (await owner.has(name, call));
    if (!hasValue) throw ownerEmpty(owner.id, copy?.manager ?? owner.id);
  }

  /** Verifies the value at the target, and makes the target the owner. */
  async #complete(
    moving: ExpectedEntry,
    secret: Secret,
    target: BackendHandle,
    copy: SecretCopy,
    call: RunningCall,
  ): Promise<void> {
    // What the table keeps it has read back itself.
    if (target !== this.#managers.tableManager) {
      const copied = await target.get(secret.name, call.deciding());
      if (copied === undefined || !isSameValue(secret.value, copied.value)) throw copyDiffers(target.id);
    }
    if (await this.#table.completeMove(moving, target, copy, call.finishing())) return;
    throw secretInTransition(moving.state);
  }

  /** Refuses a target where the value would overwrite more than the copy of an earlier move. */
  async #assertRoom({ name, copy }: OwnershipEntry, target: BackendHandle, call: RunningCall): Promise<void> {
    if (copy !== undefined && copy.manager !== target.id) throw copyElsewhere(copy.manager);
    if (target === this.#managers.tableManager) return;
    if (copy !== undefined) assertPath(name, copy.path, target);
    // Before the entry is changed: it also shows whether the target supports the name.
    else if (await target.holds(name, call)) throw targetOccupied(target.id);
  }

  /** Puts the copy. */
  async #copy(
    locked: ExpectedEntry,
    { value }: Secret,
    target: BackendHandle,
    earlier: SecretCopy | undefined,
    call: RunningCall,
  ): Promise<void> {
    const { name } = locked;
    if (target === this.#managers.tableManager) {
      // The ownership store reads back what it stores.
      if (await this.#table.storeCopy(locked, value, call)) return;
      throw secretInTransition(locked.state);
    }
    const expect = await this.#expectedCopy(name, target, earlier, call);
    assertInTime(call, target);
    try {
      await target.write(name, value, expect, call);
    } catch (error) {
      if (isSecretsError(error, "ALREADY_EXISTS")) throw targetOccupied(target.id);
      if (isSecretsError(error, "CONFLICT")) throw copyChanged(target.id);
      if (typeof expect !== "object" || !isSecretsError(error, "NOT_FOUND")) throw error;
      // Another process removed the copy.
      assertInTime(call, target);
      await target.write(name, value, "absent", call);
    }
  }

  /** Overwrites under the version of the copy if it has one, because the value may no longer be the copy. */
  async #expectedCopy(
    name: string,
    target: BackendHandle,
    earlier: SecretCopy | undefined,
    call: RunningCall,
  ): Promise<Expectation> {
    if (earlier === undefined) return "absent";
    if (!target.conditionalWrites) return "any";
    if (earlier.version !== undefined) return { version: earlier.version };
    // An earlier move that was interrupted may have left one, or not.
    const copy = await target.get(name, call.deciding());
    if (copy === undefined) return "absent";
    const expect = target.unchanged(copy);
    return expect === "present" ? "any" : expect;
  }

  /** Deletes the copy. A copy that was changed is deleted too, after a read has shown that this call still holds the lock. */
  async #deleteCopy(locked: ExpectedEntry, holder: BackendHandle, call: RunningCall): Promise<void> {
    const { name, copy } = locked;
    const isConditional = holder.conditionalWrites && copy?.version !== undefined;
    assertInTime(call, holder);
    try {
      await holder.delete(name, isConditional ? { version: copy.version } : "any", call);
    } catch (error) {
      if (!isConditional || !isSecretsError(error, "CONFLICT")) throw error;
      const now = await this.#table.find(name, call);
      if (now === undefined || !isSameEntry(locked, now)) throw secretInTransition(locked.state);
      assertInTime(call, holder);
      await holder.delete(name, "any", call);
    }
  }
}

function copyAt(holder: BackendHandle, name: string): SecretCopy {
  const path = holder.path(name);
  return { manager: holder.id, ...(path === undefined ? {} : { path }) };
}

/** The secret stays where it was, and repeating the call does not help. */
function refused(
  code: SecretsErrorCode,
  reason: SecretsErrorReason,
  manager: string,
  message: string,
): SecretsError {
  return new SecretsError(code, message, { reason, retryable: false, manager });
}

function targetOccupied(target: string): SecretsError {
  const message = `${printableText(target)} holds a secret of this name already, which is no copy of this one; nothing was moved. Look at both. To keep this one, delete the other with the tools of ${printableText(target)}; to keep the other, call \`delete\` here, which leaves it alone.`;
  return refused("ALREADY_EXISTS", "TARGET_OCCUPIED", target, message);
}

function copyElsewhere(holder: string): SecretsError {
  const message = `${printableText(holder)} still holds the copy of an earlier move. Call \`finalizeMigration\` to remove it, then move the secret on.`;
  return refused("CONFLICT", "COPY_ELSEWHERE", holder, message);
}

function copyChanged(holder: string): SecretsError {
  const message = `The copy at ${printableText(holder)} was changed since the secret was moved from there. Inspect it there. \`finalizeMigration\` removes it, and then the secret can be moved.`;
  return refused("CONFLICT", "COPY_CHANGED", holder, message);
}

function copyDiffers(target: string): SecretsError {
  const message = `${printableText(target)} did not give back what was written there; the secret stays where it was.`;
  return refused("INTERNAL", "COPY_DIFFERS", target, message);
}

function ownerEmpty(owner: string, holder: string): SecretsError {
  const message = `${printableText(owner)} owns the secret and has no value: the copy at ${printableText(holder)} is the last one, and stays. Find out who deleted it at ${printableText(owner)}; \`delete\` removes the rest.`;
  return refused("CONFLICT", "OWNER_EMPTY", owner, message);
}

function notAtNewPath(owner: BackendHandle, name: string): SecretsError {
  const message = `${owner.id} has nothing at ${quotedText(owner.path(name) ?? name)}: move the value there first. The row stays as it is.`;
  return refused("NOT_FOUND", "NOT_AT_NEW_PATH", owner.id, message);
}
