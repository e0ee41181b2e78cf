import type { CallContext } from "../backend/backend.ts";
import {
  type ExpectedEntry,
  type FoundEntry,
  isSameEntry,
  type OwnershipEntry,
} from "../backend/ownership-store.ts";
import type { RunningCall } from "../call/running-call.ts";
import type { Secret } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import { activeEntry } from "./entry.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";
import type { Recovery } from "./recovery.ts";
import { states } from "./states.ts";

/** A secret that was found, with the entry that names its owner. */
export interface FoundSecret {
  readonly entry: OwnershipEntry;
  readonly owner: BackendHandle;
  readonly secret: Secret;
}

/**
 * Finds secrets by their entries. An entry that changed between reading it and reading its owner is followed again, so
 * that a secret is found during a move. A secret without an entry is adopted from the selected external manager.
 */
export class Lookup {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;
  readonly #recovery: Recovery;

  constructor(table: OwnershipTable, managers: Managers, recovery: Recovery) {
    this.#table = table;
    this.#managers = managers;
    this.#recovery = recovery;
  }

  async get(name: string, call: RunningCall): Promise<Secret | undefined> {
    const entry = await this.#table.read(name, call);
    if (entry?.secret !== undefined) return this.#managers.tableManager.secret(name, entry.secret);
    return (await this.#follow(name, entry, call, call))?.secret;
  }

  async has(name: string, call: RunningCall): Promise<boolean> {
    const { tableManager, selected } = this.#managers;
    for (;;) {
      call.signal.throwIfAborted();
      const entry = await this.#table.find(name, call);
      if (entry === undefined) {
        if (await this.adopt(name, selected, call)) continue;
        return false;
      }
      if (await this.#isRecovered(entry, call)) continue;
      if (this.#isAbsent(entry)) return false;
      const owner = await this.#managers.ownerOf(entry);
      if (owner === tableManager || (await owner.has(name, call))) return true;
      if (await this.isDangling(entry, owner, call)) return false;
    }
  }

  /** The `active` entry of a secret. Undefined: there is neither an entry nor a value to adopt. */
  async findActive(name: string, call: RunningCall): Promise<OwnershipEntry | undefined> {
    const startedAt = performance.now();
    for (;;) {
      call.signal.throwIfAborted();
      const entry = await this.#table.find(name, call);
      if (entry?.state === "active") return entry;
      if (entry !== undefined) await this.#recovery.waitOrRecover(entry, startedAt, call);
      else if (!(await this.adopt(name, this.#managers.selected, call))) return undefined;
    }
  }

  /** The secret with its `active` entry. */
  async findSecret(name: string, call: RunningCall): Promise<FoundSecret | undefined> {
    const startedAt = performance.now();
    for (;;) {
      call.signal.throwIfAborted();
      const entry = await this.#table.read(name, call);
      if (entry !== undefined && entry.state !== "active") {
        await this.#recovery.waitOrRecover(entry, startedAt, call);
        continue;
      }
      const found = await this.#follow(name, entry, call, call.deciding());
      if (found === undefined || found.entry.state === "active") return found;
    }
  }

  async hasChanged(entry: ExpectedEntry, call: RunningCall): Promise<boolean> {
    const now = await this.#table.find(entry.name, call);
    return now === undefined || !isSameEntry(entry, now);
  }

  /**
   * Whether an entry has no value behind it, after its owner returned none. An entry without a transition looks the same
   * once the secret was moved away and back, so it is locked while the owner is asked again.
   */
  async isDangling(entry: OwnershipEntry, owner: BackendHandle, call: RunningCall): Promise<boolean> {
    if (entry.transitionId !== undefined || owner === this.#managers.tableManager) {
      return !(await this.hasChanged(entry, call));
    }
    const locked = await this.#table.lock(entry, call);
    if (locked === undefined) return false;
    try {
      return !(await owner.holds(entry.name, call));
    } finally {
      await this.#table.activate(locked, call.finishing());
    }
  }

  /**
   * Adopts a secret that an external manager holds without an entry. It does not read the value.
   *
   * @returns whether the manager holds one
   */
  async adopt(name: string, owner: BackendHandle, call: RunningCall): Promise<boolean> {
    if (owner === this.#managers.tableManager || !(await owner.holds(name, call))) return false;
    const adopting = await this.#table.insert(name, owner, "adopting", call);
    if (adopting !== undefined) await this.#confirmAdoption(adopting, () => owner.holds(name, call), call);
    return true;
  }

  /** Reads a secret at the owner that its entry names. @param context for the owner's read */
  async #follow(
    name: string,
    first: FoundEntry | undefined,
    call: RunningCall,
    context: CallContext,
  ): Promise<FoundSecret | undefined> {
    const { tableManager, selected } = this.#managers;
    for (let entry = first; ; entry = await this.#table.read(name, call)) {
      if (entry?.secret !== undefined) {
        return { entry, owner: tableManager, secret: tableManager.secret(name, entry.secret) };
      }
      if (entry === undefined) {
        if (selected === tableManager || (await selected.get(name, context)) === undefined) return undefined;
        const adopting = await this.#table.insert(name, selected, "adopting", call);
        if (adopting !== undefined) {
          const read = () => selected.get(name, call.deciding());
          const secret = await this.#confirmAdoption(adopting, read, call);
          return secret && { entry: { ...activeEntry(adopting), name }, owner: selected, secret };
        }
      } else if (!(await this.#isRecovered(entry, call))) {
        if (this.#isAbsent(entry)) return undefined;
        const owner = await this.#managers.ownerOf(entry);
        const secret = owner === tableManager ? undefined : await owner.get(name, context);
        if (secret !== undefined) return { entry, owner, secret };
        // It may have been moved between the two reads.
        if (await this.isDangling(entry, owner, call)) return undefined;
      }
      call.signal.throwIfAborted();
    }
  }

  /** A value that the table's manager is creating is in its row only when the entry is active. */
  #isAbsent({ state, manager }: OwnershipEntry): boolean {
    const { secret } = states[state];
    return secret === "absent" || (secret === "uncertain" && manager === this.#managers.tableManager.id);
  }

  /** Recovers a stale entry whose owner may have no value. The caller reads the entry again. */
  async #isRecovered(entry: OwnershipEntry, call: RunningCall): Promise<boolean> {
    if (states[entry.state].secret !== "uncertain" || !this.#recovery.isStale(entry)) return false;
    await this.#recovery.recover(entry, call);
    return true;
  }

  /**
   * Asks once more for a value whose entry was inserted: it may have been deleted in the meantime by a program that does not use
   * the table. When the owner does not answer, the entry stays, since the value was seen before.
   */
  async #confirmAdoption<Answer>(
    adopting: ExpectedEntry,
    ask: () => Promise<Answer>,
    call: RunningCall,
  ): Promise<Answer> {
    let answer: Answer;
    try {
      answer = await ask();
    } catch (error) {
      // Otherwise writers would wait until the entry is stale.
      await this.#table.activate(adopting, call.finishing());
      throw error;
    }
    await (answer
      ? this.#table.activate(adopting, call.finishing())
      : this.#table.remove(adopting, call.finishing()));
    return answer;
  }
}
