import type { StoredSecret } from "../backend/backend.ts";
import type { EntryResult } from "../backend/ownership-store.ts";
import { inParallel } from "../call/in-parallel.ts";
import type { RunningCall } from "../call/running-call.ts";
import { wrapError } from "../call/wrap-error.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { GetManyResult } from "../store/secret-store.ts";
import type { Lookup } from "./lookup.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";
import { isPresent } from "./states.ts";

/** The concurrency of reads that are repeated one by one. */
const CONCURRENT_READS = 16;

/** Finds many secrets at once: their entries together, then the secrets of each owner together. */
export class BatchLookup {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;
  readonly #lookup: Lookup;

  constructor(table: OwnershipTable, managers: Managers, lookup: Lookup) {
    this.#table = table;
    this.#managers = managers;
    this.#lookup = lookup;
  }

  async getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    call: RunningCall,
  ): Promise<void> {
    const { tableManager, selected } = this.#managers;
    const elsewhere = new Map<string, string[]>();
    const ask = (manager: string, name: string) => {
      const group = elsewhere.get(manager);
      if (group === undefined) elsewhere.set(manager, [name]);
      else group.push(name);
    };
    const again: string[] = [];
    const answers = await this.#table.readMany(names, call);
    for (const name of names) {
      const answer = answers.get(name);
      if (answer?.status === "failed") results.set(name, this.#failed(name, answer.error, tableManager));
      else if (answer?.status === "found") {
        const { entry } = answer;
        if (entry.secret !== undefined) {
          results.set(name, this.#kept(name, entry.secret));
        } else if (isPresent(entry.state) && entry.manager !== tableManager.id) ask(entry.manager, name);
        else again.push(name);
      } else if (selected === tableManager) results.set(name, { status: "absent" });
      else ask(selected.id, name);
    }
    for (const [manager, group] of elsewhere) {
      again.push(...(await this.#getManyFrom(manager, group, answers, results, call)));
    }
    await this.#getEach(again, results, call);
  }

  /** @returns the names that must be read again */
  async #getManyFrom(
    manager: string,
    names: readonly string[],
    rows: ReadonlyMap<string, EntryResult>,
    results: Map<string, GetManyResult>,
    call: RunningCall,
  ): Promise<string[]> {
    const again: string[] = [];
    let owner: BackendHandle;
    const asked: string[] = [];
    try {
      owner = await this.#managers.open(manager);
    } catch (error) {
      for (const name of names) results.set(name, this.#failed(name, error, this.#managers.tableManager));
      return again;
    }
    for (const name of names) {
      const answer = rows.get(name);
      try {
        if (answer?.status === "found") await this.#managers.ownerOf(answer.entry);
        asked.push(name);
      } catch (error) {
        results.set(name, this.#failed(name, error, owner));
      }
    }
    let read: Awaited<ReturnType<BackendHandle["getMany"]>>;
    try {
      read = await owner.getMany(asked, call);
    } catch (error) {
      call.signal.throwIfAborted();
      for (const name of asked) results.set(name, this.#failed(name, error, owner));
      return again;
    }
    for (const [name, answer] of read) {
      const hasRow = rows.get(name)?.status === "found";
      if (answer.status === "failed") results.set(name, this.#failed(name, answer.error, owner));
      // A name without an entry is adopted; a value that is missing at its owner may have been moved.
      else if (answer.status === "absent" ? hasRow : !hasRow) again.push(name);
      else results.set(name, answer);
    }
    return again;
  }

  async #getEach(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    call: RunningCall,
  ): Promise<void> {
    await inParallel(CONCURRENT_READS, names, async (name) => {
      call.signal.throwIfAborted();
      try {
        const secret = await this.#lookup.get(name, call);
        results.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
      } catch (error) {
        call.signal.throwIfAborted();
        results.set(name, this.#failed(name, error, this.#managers.tableManager));
      }
    });
  }

  /** A secret of the table's own manager. */
  #kept(name: string, stored: StoredSecret): GetManyResult {
    try {
      return { status: "found", secret: this.#managers.tableManager.secret(name, stored) };
    } catch (error) {
      return this.#failed(name, error, this.#managers.tableManager);
    }
  }

  #failed(name: string, error: unknown, { id, backend }: BackendHandle): GetManyResult {
    const call = { operation: "getMany", manager: id, secretName: name };
    return { status: "failed", error: wrapError(error, call, backend) };
  }
}
