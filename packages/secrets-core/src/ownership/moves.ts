import type { Expectation } from "../backend/backend.ts";
import {
  type ExpectedEntry,
  isSameEntry,
  type OwnershipEntry,
  type SecretCopy,
} from "../backend/ownership-store.ts";
import { assertInTime } from "../call/assert-in-time.ts";
import { backoff } from "../call/backoff.ts";
import type { RunningCall } from "../call/running-call.ts";
import { printableText, quotedText } from "../errors/printable-text.ts";
import { isOutcomeUnknown, isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { secretInTransition } from "../errors/unmet-expectation.ts";
import { isSameValue } from "../secret/same-value.ts";
import type { Secret, SecretVersion } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import { assertPath } from "./entry.ts";
import { activateOnFailure } from "./locked-entry.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";

/** `absent`: the owner has no value. `changed`: the entry is no longer as it was read. */
export type MoveOutcome = "moved" | "absent" | "changed";

/** What moves need. */
export interface MovesParts {
  readonly table: OwnershipTable;
  readonly managers: Managers;
  readonly cache: SecretCache | undefined;
}

/** A value at the source of a move, which no other call can have written since. */
interface FencedSecret {
  readonly secret: Secret;
  readonly version: SecretVersion | undefined;
}

/**
 * Moves single secrets from one manager to another while applications read and write them. The entry is in the state
 * `moving`, so that writers wait. The value is rewritten at its source under the version that was read, so that a writer
 * that read the entry before cannot succeed any more. It is copied and read back, and then the entry names the new owner.
 */
export class Moves {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;
  readonly #cache: SecretCache | undefined;

  constructor({ table, managers, cache }: MovesParts) {
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
    const earlierCopy = await this.#assertRoom(entry, target, call);
    return call.change(entry.name, this.#cache, async () => {
      const moving = await this.#table.startMove(entry, copyAt(target, entry.name), call);
      if (moving === undefined) return "changed";
      const keepEarlierCopy = () =>
        this.#table.activateWithCopy(moving, entry.copy, call.finishing()).catch(() => false);
      const fenced = await this.#fence(entry.name, source, call).catch(async (error: unknown) => {
        await keepEarlierCopy();
        throw error;
      });
      if (fenced === undefined) {
        await this.#table.activateWithCopy(moving, entry.copy, call.finishing());
        return "absent";
      }
      await this.#copy(moving, fenced.secret, target, earlierCopy, call).catch(async (error: unknown) => {
        // When a copy may exist, the entry continues to name it.
        if (!isOutcomeUnknown(error)) await keepEarlierCopy();
        else await this.#table.activate(moving, call.finishing()).catch(() => false);
        throw error;
      });
      await activateOnFailure(moving, this.#table, call, () =>
        this.#complete(moving, fenced, source, target, call),
      );
      return "moved";
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
    if (source !== this.#managers.tableManager) {
      return (await source.get(entry.name, call.exact())) === undefined ? "absent" : "moved";
    }
    const stored = (await this.#table.read(entry.name, call.exact()))?.secret;
    if (stored === undefined) return "absent";
    source.secret(entry.name, stored);
    return "moved";
  }

  /**
   * Removes the copy that a move left behind.
   *
   * @returns false when the entry is no longer as it was read
   * @throws SecretsError CONFLICT, reason OWNER_EMPTY, when the owner has no value: the copy is the last one then
   */
  async finalize(entry: OwnershipEntry, call: RunningCall): Promise<boolean> {
    const { name, copy } = entry;
    const owner = await this.#managers.ownerOf(entry);
    const copyHolder = await this.#managers.copyHolderOf(entry);
    return call.change(name, this.#cache, async () => {
      const locked = await this.#table.lock(entry, call);
      if (locked === undefined) return false;
      await activateOnFailure(locked, this.#table, call, async () => {
        const hasValue = owner === this.#managers.tableManager || (await owner.has(name, call));
        if (!hasValue) throw ownerEmpty(owner.id, copy?.manager ?? owner.id);
        if (copyHolder !== undefined) await this.#deleteCopy(locked, copyHolder, call);
      });
      await this.#table.activateWithCopy(locked, undefined, call.finishing());
      return true;
    });
  }

  /**
   * Rewrites the paths of an entry, once its values are proven to be where the settings say. A stale transition of another
   * process ends by it, as the value is there; a deletion continues at the new path once it is stale again.
   *
   * @throws SecretsError NOT_FOUND, reason NOT_AT_NEW_PATH, when there is no value: the entry stays as it is
   */
  async rebind(entry: OwnershipEntry, call: RunningCall): Promise<"rebound" | "unchanged" | "changed"> {
    const { name, copy } = entry;
    const owner = await this.#managers.open(entry.manager);
    const copyHolder = copy === undefined ? undefined : await this.#managers.open(copy.manager);
    const isOwnerRebound = entry.path === owner.path(name);
    const isCopyRebound = copyHolder === undefined || copy?.path === copyHolder.path(name);
    if (isOwnerRebound && isCopyRebound) return "unchanged";
    if (!isOwnerRebound && !(await owner.has(name, call))) throw notAtNewPath(owner, name);
    if (!isCopyRebound && !(await copyHolder.has(name, call))) throw notAtNewPath(copyHolder, name);
    const newCopy = copyHolder === undefined ? undefined : { ...copy, ...copyAt(copyHolder, name) };
    return (await this.#table.rebind(entry, owner, newCopy, call)) ? "rebound" : "changed";
  }

  /** Verifies the copy, and makes the target the owner. */
  async #complete(
    moving: ExpectedEntry,
    { secret, version }: FencedSecret,
    source: BackendHandle,
    target: BackendHandle,
    call: RunningCall,
  ): Promise<void> {
    await this.#verify(secret, target, call);
    const copy = { ...copyAt(source, secret.name), ...(version === undefined ? {} : { version }) };
    if (await this.#table.completeMove(moving, target, copy, call.finishing())) return;
    throw secretInTransition(moving.state);
  }

  /** The copy that may be overwritten. Undefined: there is none, and the place is free. */
  async #assertRoom(
    entry: OwnershipEntry,
    target: BackendHandle,
    call: RunningCall,
  ): Promise<SecretCopy | undefined> {
    const { name, copy } = entry;
    if (copy !== undefined && copy.manager !== target.id) throw copyElsewhere(copy.manager);
    if (target === this.#managers.tableManager) return copy;
    if (copy !== undefined) assertPath(name, copy.path, target);
    // Before the entry is changed: it also shows whether the target supports the name.
    else if (await target.has(name, call)) throw targetOccupied(target.id);
    return copy;
  }

  /** The value, and the version under which only this call can have written it. Undefined: there is no value. */
  async #fence(name: string, source: BackendHandle, call: RunningCall): Promise<FencedSecret | undefined> {
    for (let attempt = 0; ; attempt++) {
      call.signal.throwIfAborted();
      if (source === this.#managers.tableManager) {
        // Its writes check the state of the entry in the same statement.
        const stored = (await this.#table.read(name, call.exact()))?.secret;
        return stored === undefined
          ? undefined
          : { secret: source.secret(name, stored), version: stored.version };
      }
      // The fence writes the value back to its source, so it must not be rounded either.
      const secret = await source.get(name, call.exact());
      if (secret === undefined) return undefined;
      const expect =
        source.conditionalWrites && secret.version !== undefined
          ? source.expectation(secret.version)
          : undefined;
      if (expect === undefined) return { secret, version: undefined };
      try {
        const { version } = await source.write(name, secret.value, expect, call);
        return { secret, version: version === undefined ? undefined : source.expectation(version)?.version };
      } catch (error) {
        // A writer that had read the entry before was faster, or a program without the table deleted the secret.
        if (!isSecretsError(error, "CONFLICT") && !isSecretsError(error, "NOT_FOUND")) throw error;
        await backoff(attempt, call.signal);
      }
    }
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
    assertInTime(call);
    try {
      await target.write(name, value, expect, call);
    } catch (error) {
      if (isSecretsError(error, "ALREADY_EXISTS")) throw targetOccupied(target.id);
      if (isSecretsError(error, "CONFLICT")) throw copyChanged(target.id);
      if (typeof expect !== "object" || !isSecretsError(error, "NOT_FOUND")) throw error;
      // Another process removed the copy.
      assertInTime(call);
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
    return (copy.version === undefined ? undefined : target.expectation(copy.version)) ?? "any";
  }

  /** Deletes the copy. A copy that was changed is deleted too, after a read has shown that this call still holds the lock. */
  async #deleteCopy(locked: ExpectedEntry, holder: BackendHandle, call: RunningCall): Promise<void> {
    const { name, copy } = locked;
    const isConditional = holder.conditionalWrites && copy?.version !== undefined;
    assertInTime(call);
    try {
      await holder.delete(name, isConditional ? { version: copy.version } : "any", call);
    } catch (error) {
      if (!isConditional || !isSecretsError(error, "CONFLICT")) throw error;
      const now = await this.#table.find(name, call);
      if (now === undefined || !isSameEntry(locked, now)) throw secretInTransition(locked.state);
      assertInTime(call);
      await holder.delete(name, "any", call);
    }
  }

  async #verify({ name, value }: Secret, target: BackendHandle, call: RunningCall): Promise<void> {
    // What the table keeps it has read back itself.
    if (target === this.#managers.tableManager) return;
    const copy = await target.get(name, call.deciding());
    if (copy === undefined || !isSameValue(value, copy.value)) throw copyDiffers(target.id);
  }
}

function copyAt(holder: BackendHandle, name: string): SecretCopy {
  const path = holder.path(name);
  return { manager: holder.id, ...(path === undefined ? {} : { path }) };
}

function targetOccupied(target: string): SecretsError {
  return new SecretsError(
    "ALREADY_EXISTS",
    `${printableText(target)} holds a secret of this name already, which is no copy of this one; nothing was moved. Look at both. To keep this one, delete the other with the tools of ${printableText(target)}; to keep the other, call \`delete\` here, which leaves it alone.`,
    { reason: "TARGET_OCCUPIED", manager: target },
  );
}

function copyElsewhere(holder: string): SecretsError {
  return new SecretsError(
    "CONFLICT",
    `${printableText(holder)} still holds the copy of an earlier move. Call \`finalizeMigration\` to remove it, then move the secret on.`,
    { reason: "COPY_ELSEWHERE", retryable: false, manager: holder },
  );
}

function copyChanged(holder: string): SecretsError {
  return new SecretsError(
    "CONFLICT",
    `The copy at ${printableText(holder)} was changed since the secret was moved from there. Inspect it there. \`finalizeMigration\` removes it, and then the secret can be moved.`,
    { reason: "COPY_CHANGED", retryable: false, manager: holder },
  );
}

function copyDiffers(target: string): SecretsError {
  return new SecretsError(
    "INTERNAL",
    `${printableText(target)} did not give back what was written there; the secret stays where it was.`,
    { reason: "COPY_DIFFERS", manager: target },
  );
}

function ownerEmpty(owner: string, holder: string): SecretsError {
  return new SecretsError(
    "CONFLICT",
    `${printableText(owner)} owns the secret and has no value: the copy at ${printableText(holder)} is the last one, and stays. Find out who deleted it at ${printableText(owner)}; \`delete\` removes the rest.`,
    { reason: "OWNER_EMPTY", retryable: false, manager: owner },
  );
}

function notAtNewPath(owner: BackendHandle, name: string): SecretsError {
  return new SecretsError(
    "NOT_FOUND",
    `${owner.id} has nothing at ${quotedText(owner.path(name) ?? name)}: move the value there first. The row stays as it is.`,
    { reason: "NOT_AT_NEW_PATH", manager: owner.id },
  );
}
