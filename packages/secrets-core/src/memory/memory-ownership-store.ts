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
import { type MemoryRow, storedInfo, storedSecret } from "./memory-row.ts";
import { inTurns, type MemoryStore } from "./memory-store.ts";

/** The table of owners over the rows of a memory store. */
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
    return this.#isOwn(row) && value !== undefined
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
    if (value !== undefined && !holdsValue) throw valueForNobody(this.#manager);
    const row = this.#store.find(expected.name);
    if (row === undefined || !isSameEntry(row, expected)) return false;
    // Another manager had states of its own meanwhile, so none of the versions from before may come back.
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
      yield this.#isOwn(row) && row.value !== undefined
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

  #isOwn({ manager, state }: MemoryRow): boolean {
    return manager === this.#manager && isPresent(state);
  }
}

function valueForNobody(manager: string): TypeError {
  return new TypeError(`A value is kept only in a row whose owner or copy is at ${manager}.`);
}

function entry({
  name,
  manager,
  state,
  transitionId,
  transitionStartedAt,
  path,
  copy,
}: MemoryRow): OwnershipEntry {
  return {
    name,
    manager,
    state,
    ...(transitionId === undefined ? {} : { transitionId }),
    ...(transitionStartedAt === undefined
      ? {}
      : { transitionAge: Date.now() - transitionStartedAt.getTime() }),
    ...(path === undefined ? {} : { path }),
    ...(copy === undefined ? {} : { copy }),
  };
}
