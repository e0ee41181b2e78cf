import { randomUUID } from "node:crypto";
import type { OperationContext } from "../backend/operation-context.ts";
import type { Reference, ReferenceExpectation } from "../backend/reference-store.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import type { Secret } from "../secret/secret.ts";
import type { Owners } from "./owners.ts";
import type { ReferenceTable } from "./reference-table.ts";
import { isSameRow, ownedBy, settled, underWay } from "./row.ts";
import type { Transitions } from "./transitions.ts";

/** A secret that was found, with the row that says whose it is. */
export interface FoundSecret {
  readonly row: Reference;
  readonly owner: Owner;
  readonly secret: Secret;
}

/**
 * Finds secrets along their rows. A row that changed between a look at it and a look at its owner is followed once more, so
 * that what is moving is always found; what has no row is adopted from the selected external manager.
 */
export class RowLookup {
  readonly #table: ReferenceTable;
  readonly #owners: Owners;
  readonly #transitions: Transitions;

  constructor(table: ReferenceTable, owners: Owners, transitions: Transitions) {
    this.#table = table;
    this.#owners = owners;
    this.#transitions = transitions;
  }

  async get(name: string, operation: Operation): Promise<Secret | undefined> {
    const row = await this.#table.read(name, operation);
    if (row?.secret !== undefined) return this.#owners.keeper.secret(name, row.secret);
    return (await this.#follow(name, row, operation, operation))?.secret;
  }

  async has(name: string, operation: Operation): Promise<boolean> {
    const { keeper, selected } = this.#owners;
    for (;;) {
      operation.signal.throwIfAborted();
      const row = await this.#table.find(name, operation);
      if (row === undefined) {
        if (selected === keeper || !(await selected.has(name, operation))) return false;
        await this.adopt(name, selected, operation);
        continue;
      }
      if (await this.#isRecovered(row, operation)) continue;
      if (this.#isAbsent(row)) return false;
      const owner = await this.#transitions.ownerOf(row);
      if (owner === keeper || (await owner.has(name, operation))) return true;
      if (await this.isDangling(row, owner, operation)) return false;
    }
  }

  /** The row of a secret with nothing under way. Undefined: there is neither a row nor a value to adopt. */
  async settledRow(name: string, operation: Operation): Promise<Reference | undefined> {
    const { keeper, selected } = this.#owners;
    const startedAt = performance.now();
    for (;;) {
      operation.signal.throwIfAborted();
      const row = await this.#table.find(name, operation);
      if (row?.state === "active") return row;
      if (row !== undefined) await this.#transitions.settle(row, startedAt, operation);
      else if (selected === keeper || !(await selected.has(name, operation))) return undefined;
      else await this.adopt(name, selected, operation);
    }
  }

  /** The secret with its row, which has nothing under way. */
  async findSecret(name: string, operation: Operation): Promise<FoundSecret | undefined> {
    const { keeper } = this.#owners;
    const startedAt = performance.now();
    for (;;) {
      operation.signal.throwIfAborted();
      const row = await this.#table.read(name, operation);
      if (row !== undefined && row.state !== "active") {
        await this.#transitions.settle(row, startedAt, operation);
        continue;
      }
      if (row?.secret !== undefined) {
        return { row, owner: keeper, secret: keeper.secret(name, row.secret) };
      }
      const found = await this.#follow(name, row, operation, operation.deciding());
      if (found === undefined || found.row.state === "active") return found;
    }
  }

  async hasChanged(row: ReferenceExpectation, operation: Operation): Promise<boolean> {
    return !isSameRow(row, await this.#table.find(row.name, operation));
  }

  /**
   * Whether there is no value behind a row, whose owner was seen to have none. Unless it names a change under way, the row
   * looks the same once the secret was moved away and back: so it is held fast for the look that decides.
   */
  async isDangling(row: Reference, owner: Owner, operation: Operation): Promise<boolean> {
    if (row.operationId !== undefined || owner === this.#owners.keeper) {
      return !(await this.hasChanged(row, operation));
    }
    const held = await this.#transitions.hold(row, operation);
    if (held === undefined) return false;
    try {
      return !(await owner.has(row.name, operation));
    } finally {
      await this.#transitions.release(held, operation.finishing());
    }
  }

  /** The same without reading the value, of any external manager: of a secret that is about to be changed. */
  async adopt(name: string, owner: Owner, operation: Operation): Promise<void> {
    if (owner === this.#owners.keeper) return;
    const held = await this.#claimForAdoption(name, owner, operation);
    if (held !== undefined) await this.#confirm(held, () => owner.has(name, operation), operation);
  }

  /** Reads a secret of another manager than the one that keeps the table. @param context for the owner's read */
  async #follow(
    name: string,
    first: Reference | undefined,
    operation: Operation,
    context: OperationContext,
  ): Promise<FoundSecret | undefined> {
    const { keeper } = this.#owners;
    let row = first;
    for (;;) {
      if (row === undefined) {
        const adopted = await this.#adoptRead(name, operation, context);
        if (adopted !== "there is a row") return adopted;
      } else if (!(await this.#isRecovered(row, operation))) {
        if (this.#isAbsent(row)) return undefined;
        const owner = await this.#transitions.ownerOf(row);
        const secret = owner === keeper ? undefined : await owner.get(name, context);
        if (secret !== undefined) return { row, owner, secret };
        // It may have been moved between the two looks.
        if (await this.isDangling(row, owner, operation)) return undefined;
      }
      operation.signal.throwIfAborted();
      const next = await this.#table.read(name, operation);
      if (next?.secret !== undefined) {
        const secret = keeper.secret(name, next.secret);
        return { row: next, owner: keeper, secret };
      }
      row = next;
    }
  }

  /**
   * Whether a row says that there is no secret. One that is being created is there as soon as its owner has it: a reader who
   * knows the row from before, of an earlier secret of the name, may have seen it already.
   */
  #isAbsent({ state, manager }: Reference): boolean {
    return state === "deleting" || (state === "pending" && manager === this.#owners.keeper.id);
  }

  /** Finishes a creation that somebody left half way. The caller looks at the row again, then. */
  async #isRecovered(row: Reference, operation: Operation): Promise<boolean> {
    if (row.state !== "pending" || !this.#transitions.isOld(row)) return false;
    await this.#transitions.recover(row, operation);
    return true;
  }

  /** Reads from the selected external manager what has no row, and puts one. */
  async #adoptRead(
    name: string,
    operation: Operation,
    context: OperationContext,
  ): Promise<FoundSecret | "there is a row" | undefined> {
    const { keeper, selected } = this.#owners;
    if (selected === keeper) return undefined;
    if ((await selected.get(name, context)) === undefined) return undefined;
    const held = await this.#claimForAdoption(name, selected, operation);
    if (held === undefined) return "there is a row";
    const secret = await this.#confirm(held, () => selected.get(name, operation.deciding()), operation);
    if (secret === undefined) return undefined;
    return { row: { ...settled(held), name }, owner: selected, secret };
  }

  /**
   * Looks once more at a value whose row was put: deleted meanwhile, by somebody without the table, it must not be left with
   * one. Without an answer the row stays, as the value was seen before, and nobody else takes the name.
   */
  async #confirm<Seen>(
    held: ReferenceExpectation,
    look: () => Promise<Seen>,
    operation: Operation,
  ): Promise<Seen> {
    let isGone = false;
    try {
      const seen = await look();
      isGone = !seen;
      return seen;
    } finally {
      // Whoever gives up does not leave it held: writers would wait until it is old.
      const finishing = operation.finishing();
      await (isGone ? this.#table.remove(held, finishing) : this.#transitions.release(held, finishing));
    }
  }

  /** A row that is held fast: readers read the value meanwhile, and nobody takes the row for another that comes after it. */
  async #claimForAdoption(
    name: string,
    owner: Owner,
    operation: Operation,
  ): Promise<ReferenceExpectation | undefined> {
    const held = underWay({ name, ...ownedBy(owner, name) }, "moving", randomUUID());
    return (await this.#table.claim(name, held, operation)) ? held : undefined;
  }
}
