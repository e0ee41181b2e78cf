import type { ReferenceResult } from "../backend/reference-store.ts";
import type { StoredSecret } from "../backend/stored-secret.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import type { GetManyResult } from "../manager/secret-store.ts";
import { wrapError } from "../manager/wrap-error.ts";
import type { Owners } from "./owners.ts";
import type { ReferenceTable } from "./reference-table.ts";
import { isReadable } from "./row.ts";
import type { RowLookup } from "./row-lookup.ts";
import type { Transitions } from "./transitions.ts";

/** Names that are looked at once more at the same time. */
const LOOKS_AT_A_TIME = 16;

/** Finds many secrets at once: their rows together, then those of each owner together. */
export class ManyLookup {
  readonly #table: ReferenceTable;
  readonly #owners: Owners;
  readonly #transitions: Transitions;
  readonly #lookup: RowLookup;

  constructor(table: ReferenceTable, owners: Owners, transitions: Transitions, lookup: RowLookup) {
    this.#table = table;
    this.#owners = owners;
    this.#transitions = transitions;
    this.#lookup = lookup;
  }

  async getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<void> {
    const { keeper, selected } = this.#owners;
    const elsewhere = new Map<string, string[]>();
    const ask = (manager: string, name: string) => {
      const group = elsewhere.get(manager);
      if (group === undefined) elsewhere.set(manager, [name]);
      else group.push(name);
    };
    const again: string[] = [];
    const answers = await this.#table.readMany(names, operation);
    for (const name of names) {
      const answer = answers.get(name);
      if (answer?.status === "failed") results.set(name, this.#failed(name, answer.error, keeper));
      else if (answer?.status === "found") {
        const { reference } = answer;
        if (reference.secret !== undefined) {
          results.set(name, this.#kept(name, reference.secret));
        } else if (isReadable(reference) && reference.manager !== keeper.id) ask(reference.manager, name);
        else again.push(name);
      } else if (selected === keeper) results.set(name, { status: "absent" });
      else ask(selected.id, name);
    }
    for (const [manager, group] of elsewhere) {
      again.push(...(await this.#getManyFrom(manager, group, answers, results, operation)));
    }
    await this.#getEach(again, results, operation);
  }

  /** @returns the names that have to be looked at once more */
  async #getManyFrom(
    manager: string,
    names: readonly string[],
    rows: ReadonlyMap<string, ReferenceResult>,
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<string[]> {
    const again: string[] = [];
    let owner: Owner;
    const asked: string[] = [];
    try {
      owner = await this.#owners.open(manager);
    } catch (error) {
      for (const name of names) results.set(name, this.#failed(name, error, this.#owners.keeper));
      return again;
    }
    for (const name of names) {
      const answer = rows.get(name);
      try {
        if (answer?.status === "found") await this.#transitions.ownerOf(answer.reference);
        asked.push(name);
      } catch (error) {
        results.set(name, this.#failed(name, error, owner));
      }
    }
    let read: Awaited<ReturnType<Owner["getMany"]>>;
    try {
      read = await owner.getMany(asked, operation);
    } catch (error) {
      operation.signal.throwIfAborted();
      for (const name of asked) results.set(name, this.#failed(name, error, owner));
      return again;
    }
    for (const [name, answer] of read) {
      const hasRow = rows.get(name)?.status === "found";
      if (answer.status === "failed") results.set(name, this.#failed(name, answer.error, owner));
      // What has no row is adopted; what is gone from its owner may have moved.
      else if (answer.status === "absent" ? hasRow : !hasRow) again.push(name);
      else results.set(name, answer);
    }
    return again;
  }

  async #getEach(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<void> {
    const waiting = names.values();
    const readNext = async () => {
      for (const name of waiting) {
        operation.signal.throwIfAborted();
        try {
          const secret = await this.#lookup.get(name, operation);
          results.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
        } catch (error) {
          operation.signal.throwIfAborted();
          results.set(name, this.#failed(name, error, this.#owners.keeper));
        }
      }
    };
    const readers = Math.min(LOOKS_AT_A_TIME, names.length);
    await Promise.all(Array.from({ length: readers }, readNext));
  }

  /** A secret of the table's keeper. */
  #kept(name: string, stored: StoredSecret): GetManyResult {
    try {
      return { status: "found", secret: this.#owners.keeper.secret(name, stored) };
    } catch (error) {
      return this.#failed(name, error, this.#owners.keeper);
    }
  }

  #failed(name: string, error: unknown, { id, backend }: Owner): GetManyResult {
    const call = { operation: "getMany", manager: id, secretName: name };
    return { status: "failed", error: wrapError(error, call, backend) };
  }
}
