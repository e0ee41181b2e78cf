import type { CallContext, ListRange } from "../backend/backend.ts";
import {
  type EntryChange,
  type EntryResult,
  type ExpectedEntry,
  type FoundEntry,
  isSameEntry,
  type ListedEntry,
  type OwnershipEntry,
  type OwnershipStore,
} from "../backend/ownership-store.ts";
import { isPresent } from "../ownership/states.ts";
import type { SecretValue } from "../secret/secret.ts";
import { isOwnedBy, type MemoryRow, storedInfo, storedSecret } from "./memory-row.ts";
import { inTurns, type MemoryStore } from "./memory-store.ts";

/** The ownership table of a memory store. */
export class MemoryOwnershipStore implements OwnershipStore {
  readonly #store: MemoryStore;
  readonly #manager: string;

  constructor(store: MemoryStore, manager: string) {
    this.#store = store;
    this.#manager = manager;
  }

  async find(name: string): Promise<OwnershipEntry | undefined> {
    const row = this.#store.find(name);
    return row === undefined ? undefined : entry(row);
  }

  async read(name: string): Promise<FoundEntry | undefined> {
    const row = this.#store.find(name);
    if (row === undefined) return undefined;
    const { value } = row;
    return isOwnedBy(row, this.#manager) && value !== undefined
      ? { ...entry(row), secret: storedSecret(row, value) }
      : entry(row);
  }

  async readMany(names: readonly string[]): Promise<ReadonlyMap<string, EntryResult>> {
    const results = new Map<string, EntryResult>();
    for (const name of names) {
      const found = await this.read(name);
      results.set(name, found === undefined ? { status: "absent" } : { status: "found", entry: found });
    }
    return results;
  }

  async claim(name: string, change: EntryChange, { signal }: CallContext): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#store.find(name) !== undefined) return false;
    this.#store.insert(name, change, undefined);
    return true;
  }

  async advance(
    expected: ExpectedEntry,
    change: EntryChange & { readonly value?: SecretValue },
    { signal }: CallContext,
  ): Promise<boolean> {
    signal.throwIfAborted();
    const { value } = change;
    const holdsValue = change.manager === this.#manager || change.copy?.manager === this.#manager;
    if (value !== undefined && !holdsValue) throw misplacedValue(this.#manager);
    const row = this.#store.find(expected.name);
    if (row === undefined || !isSameEntry(row, expected)) return false;
    // The secret changed at another manager, so its earlier versions must not become valid again.
    const isReturn = row.manager !== this.#manager && change.manager === this.#manager;
    this.#store.replace(row, {
      manager: change.manager,
      state: change.state,
      transitionId: change.transitionId,
      transitionStartedAt: change.transitionId === undefined ? undefined : new Date(),
      path: change.path,
      copy: change.copy,
      value: value ?? (holdsValue ? row.value : undefined),
      version: value !== undefined || isReturn ? row.version + 1 : row.version,
      ...(value === undefined ? {} : { updatedAt: new Date() }),
    });
    return true;
  }

  async remove(expected: ExpectedEntry, { signal }: CallContext): Promise<boolean> {
    signal.throwIfAborted();
    const row = this.#store.find(expected.name);
    if (row === undefined || !isSameEntry(row, expected)) return false;
    this.#store.remove(expected.name);
    return true;
  }

  async *list({ prefix, after, limit }: ListRange, { signal }: CallContext): AsyncGenerator<ListedEntry> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    for await (const row of inTurns(this.#store.ordered(prefix, after), signal)) {
      if (left-- <= 0) return;
      yield isOwnedBy(row, this.#manager) && row.value !== undefined
        ? { ...entry(row), info: storedInfo(row) }
        : entry(row);
    }
  }

  async *transitions({ signal }: CallContext): AsyncGenerator<OwnershipEntry> {
    for await (const row of inTurns(this.#store.rows, signal))
      if (row.transitionId !== undefined) yield entry(row);
  }

  async count(
    { except }: { readonly except?: string | undefined },
    { signal }: CallContext,
  ): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for await (const { manager, state } of inTurns(this.#store.rows, signal)) {
      if (manager === except || !isPresent(state)) continue;
      counts.set(manager, (counts.get(manager) ?? 0) + 1);
    }
    return counts;
  }
}

function misplacedValue(manager: string): TypeError {
  return new TypeError(`Only a row whose owner or copy is at ${manager} can store a value.`);
}

function entry(row: MemoryRow): OwnershipEntry {
  const { name, manager, state, transitionId, transitionStartedAt: startedAt, path, copy } = row;
  return {
    name,
    manager,
    state,
    ...(transitionId === undefined ? {} : { transitionId }),
    ...(startedAt === undefined ? {} : { transitionAge: Date.now() - startedAt.getTime() }),
    ...(path === undefined ? {} : { path }),
    ...(copy === undefined ? {} : { copy }),
  };
}
