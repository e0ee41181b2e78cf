import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { OperationContext } from "../backend/operation-context.ts";
import type { Reference, ReferenceExpectation } from "../backend/reference-store.ts";
import { printableText } from "../errors/printable-text.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { secretInTransition } from "../errors/unmet-expectation.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import { isSameValue } from "../secret/same-value.ts";
import type { SecretInfo, SecretValue } from "../secret/secret.ts";
import { assertInTime } from "./in-time.ts";
import type { Owners } from "./owners.ts";
import type { ReferenceTable } from "./reference-table.ts";
import { assertPath, ownedBy, settled, underWay } from "./row.ts";

/** How long a creation or a deletion by somebody else is waited for: it takes a few requests, unless its process died. */
const PATIENCE_MILLISECONDS = 2_000;
const LONGEST_PAUSE_MILLISECONDS = 100;
/** Left of the time of a call that waits, so that it is told what it waited for. */
const MARGIN_MILLISECONDS = 20;

/**
 * The changes that take several steps, in the table and in an external manager: creation and deletion, and what becomes of
 * those that were left half way. Each step is a compare-and-swap, so a change that was taken over notices it.
 */
export class Transitions {
  readonly #table: ReferenceTable;
  readonly #owners: Owners;
  /** How old a change of somebody else must be, in milliseconds, before it is taken over. */
  readonly recoveryAge: number;

  constructor(table: ReferenceTable, owners: Owners, recoveryAge: number) {
    this.#table = table;
    this.#owners = owners;
    this.recoveryAge = recoveryAge;
  }

  /** The owner of a row, once it is sure that the row points where the settings do. */
  async ownerOf({ name, manager, path }: ReferenceExpectation): Promise<Owner> {
    const owner = await this.#owners.open(manager);
    assertPath(name, path, owner);
    return owner;
  }

  /**
   * The manager that holds a copy. Undefined: none but the table's keeper, in the row itself.
   *
   * @throws SecretsError INVALID_CONFIGURATION, reason COPY_AT_OWNER, when that is the owner: the copy would be the secret
   */
  async holderOf({ name, manager, copy }: ReferenceExpectation): Promise<Owner | undefined> {
    if (copy?.manager === manager) throw copyAtOwner(manager);
    if (copy === undefined || copy.manager === this.#owners.keeper.id) return undefined;
    const holder = await this.#owners.open(copy.manager);
    assertPath(name, copy.path, holder);
    return holder;
  }

  /**
   * Creates a secret at an external manager.
   *
   * @returns undefined when there is a row of this name
   * @throws what the write throws, when nothing was created; OUTCOME_UNKNOWN when nobody can tell, and whoever comes
   * after the recovery age finds out
   */
  async create(
    owner: Owner,
    name: string,
    value: SecretValue,
    operation: Operation,
  ): Promise<SecretInfo | undefined> {
    const row = underWay({ name, ...ownedBy(owner, name) }, "pending", randomUUID());
    if (!(await this.#table.claim(name, row, operation))) return undefined;
    let info: SecretInfo;
    try {
      assertInTime(operation);
      info = await owner.write(name, value, "absent", operation);
    } catch (error) {
      const finishing = operation.finishing();
      // A value without a row, which it has now. Whether it could be told or not, nothing was created.
      if (isSecretsError(error, "ALREADY_EXISTS")) {
        await this.#activate(row, finishing).catch(() => {
          throw error;
        });
        return undefined;
      }
      const proven = isUnknown(error) ? await this.#readBack(owner, name, value, finishing) : undefined;
      if (proven === undefined) {
        if (!isUnknown(error)) await this.#table.remove(row, finishing).catch(() => undefined);
        throw error;
      }
      info = proven;
    }
    await this.#activate(row, operation.finishing());
    return info;
  }

  /**
   * Deletes a secret with its copy. What proves that nothing was deleted gives the row back without a change under way.
   *
   * @param row as it was read, without a change under way, or held fast by this call
   * @returns whether there was a value; undefined when the row is not as it was read any more
   */
  async delete(row: ReferenceExpectation, operation: Operation): Promise<boolean | undefined> {
    const deleting = underWay(row, "deleting", row.operationId ?? randomUUID());
    let owner: Owner;
    let holder: Owner | undefined;
    try {
      owner = await this.ownerOf(row);
      holder = await this.holderOf(row);
      if (!(await this.#table.advance(row, deleting, operation))) return undefined;
    } catch (error) {
      if (row.operationId !== undefined) {
        await this.release(row, operation.finishing()).catch(() => undefined);
      }
      throw error;
    }
    try {
      return await this.#deleteValues(deleting, owner, holder, operation);
    } catch (error) {
      if (isUnknown(error)) throw error;
      const isBack = await this.#table
        .advance(deleting, settled(row), operation.finishing())
        .catch(() => false);
      throw isBack ? error : deletionGoesOn(error);
    }
  }

  /** Holds a row fast, so that nobody writes the secret: readers go on. Undefined: it is not as it was read any more. */
  async hold(
    row: ReferenceExpectation,
    context: OperationContext,
  ): Promise<ReferenceExpectation | undefined> {
    const held = underWay(row, "moving", randomUUID());
    return (await this.#table.advance(row, held, context)) ? held : undefined;
  }

  /** Gives a row back that this call held fast. */
  async release(held: ReferenceExpectation, context: OperationContext): Promise<void> {
    await this.#table.advance(held, settled(held), context);
  }

  /**
   * Waits for a change of somebody else, or finishes it when it is old enough. The caller looks at the row again.
   *
   * @param startedAt when the call began to wait, as `performance.now()` has it
   * @throws SecretsError CONFLICT, reason IN_TRANSITION, when a creation or a deletion takes longer than it should, or the
   * call has no more time
   */
  async settle(row: Reference, startedAt: number, operation: Operation): Promise<void> {
    if (this.isOld(row)) return this.recover(row, operation);
    const waited = performance.now() - startedAt;
    // A secret that is being moved is there, and will be; what is being created or deleted may never be.
    const patience = row.state === "moving" ? Number.POSITIVE_INFINITY : PATIENCE_MILLISECONDS;
    const pause = Math.min(LONGEST_PAUSE_MILLISECONDS, 1 + waited / 2) * (0.5 + Math.random());
    if (waited > patience || operation.timeLeft < pause + MARGIN_MILLISECONDS) {
      throw secretInTransition(row.state);
    }
    await sleep(pause, undefined, { signal: operation.signal }).catch(() =>
      operation.signal.throwIfAborted(),
    );
  }

  /** Whether a change under way is so old that whoever made it is gone. */
  isOld({ operationAge }: Reference): boolean {
    return operationAge !== undefined && operationAge >= this.recoveryAge;
  }

  /** Finishes a change that somebody left half way. A deletion is taken over first, so that nobody gives the row back. */
  async recover(row: Reference, context: OperationContext): Promise<void> {
    const { state } = row;
    if (state === "moving" && (row.copy !== undefined || row.manager === this.#owners.keeper.id)) {
      // Whichever copies there are, the row names the manager that may hold one, and the owner has the secret.
      await this.#table.advance(row, settled(row), context);
      return;
    }
    const owner = await this.ownerOf(row);
    if (state === "deleting") {
      const holder = await this.holderOf(row);
      const taken = underWay(row, state, randomUUID());
      if (await this.#table.advance(row, taken, context)) {
        await this.#deleteValues(taken, owner, holder, context);
      }
      return;
    }
    // What was held fast for its adoption may be gone, as what was to be created may have come. Until the owner answers the
    // row stays as old as it is: made young again, it would read as absent.
    if (await owner.has(row.name, context)) await this.#table.advance(row, settled(row), context);
    else await this.#table.remove(row, context);
  }

  /** The copy goes first: what fails then has lost nothing. */
  async #deleteValues(
    deleting: ReferenceExpectation,
    owner: Owner,
    holder: Owner | undefined,
    context: OperationContext,
  ): Promise<boolean> {
    const isKept = owner === this.#owners.keeper;
    assertInTime(context);
    if (holder !== undefined) await holder.delete(deleting.name, "any", context);
    assertInTime(context);
    // What the keeper owns goes with the row.
    const wasThere = isKept || (await owner.delete(deleting.name, "any", context));
    try {
      // Not there any more as it was, it was taken over by somebody who goes on.
      await this.#table.remove(deleting, finishingOf(context));
    } catch (error) {
      throw isKept ? error : unfinished(error);
    }
    return wasThere;
  }

  /** An equal value proves a creation here: while the row is ours, nobody else writes this name. */
  async #readBack(
    owner: Owner,
    name: string,
    value: SecretValue,
    context: OperationContext,
  ): Promise<SecretInfo | undefined> {
    try {
      const secret = await owner.get(name, context);
      return secret !== undefined && isSameValue(secret.value, value) ? infoOf(secret) : undefined;
    } catch {
      return undefined;
    }
  }

  async #activate(row: ReferenceExpectation, context: OperationContext): Promise<void> {
    const active = settled(row);
    try {
      if (await this.#table.advance(row, active, context)) return;
      // It took so long that somebody recovered the row: with the value in it, or before it came.
      const now = await this.#table.find(row.name, context);
      if (now?.manager === row.manager && now.state === "active") return;
      if (now === undefined && (await this.#table.claim(row.name, active, context))) return;
    } catch (error) {
      throw unfinished(error);
    }
    throw unfinished();
  }
}

/** Whether an error leaves open what became of the change: also one that the plugin itself knows nothing of. */
function isUnknown(error: unknown): boolean {
  return !isSecretsError(error) || error.code === "OUTCOME_UNKNOWN" || error.code === "INTERNAL";
}

function finishingOf(context: OperationContext | Operation): OperationContext {
  return "finishing" in context ? context.finishing() : context;
}

function infoOf({ name, manager, version, createdAt, updatedAt }: SecretInfo): SecretInfo {
  return Object.freeze({
    name,
    manager,
    ...(version === undefined ? {} : { version }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(updatedAt === undefined ? {} : { updatedAt }),
  });
}

function copyAtOwner(manager: string): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The row of the secret says that ${printableText(manager)} owns it and holds a copy of it, too: somebody edited the row. Removing the copy would remove the secret. Find out who writes to the table, and take the copy out of the row.`,
    { reason: "COPY_AT_OWNER", manager },
  );
}

function deletionGoesOn(cause: unknown): SecretsError {
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    "The deletion failed, and the table of owners could not be told so: the secret reads as absent, and whoever uses it later deletes it. Read it before you repeat the deletion.",
    { cause },
  );
}

function unfinished(cause?: unknown): SecretsError {
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    "The change was made, and the table of owners could not be told in time. Whoever uses the secret later finds out; read it before you repeat the change.",
    { cause },
  );
}
