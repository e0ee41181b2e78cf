import { randomUUID } from "node:crypto";
import type { CallContext, ListRange } from "../backend/backend.ts";
import type {
  EntryChange,
  EntryResult,
  EntryState,
  ExpectedEntry,
  FoundEntry,
  ListedEntry,
  OwnershipEntry,
  OwnershipStore,
  SecretCopy,
} from "../backend/ownership-store.ts";
import { pluginBroken } from "../errors/plugin-broken.ts";
import type { SecretValue } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import { CheckedEntries } from "./checked-entries.ts";
import { activeEntry, ownedBy } from "./entry.ts";
import { leasedTransition } from "./lease.ts";

/**
 * The ownership table: reads, and every transition of an entry by its name. A transition is one compare-and-swap. It
 * returns `undefined` or `false` when the entry is no longer as it was read.
 */
export class OwnershipTable {
  readonly #manager: BackendHandle;
  readonly #store: OwnershipStore;
  readonly #checked: CheckedEntries;

  /** @throws SecretsError INTERNAL, reason PLUGIN_BROKEN, when its backend has no ownership table */
  constructor(manager: BackendHandle) {
    const { ownership } = manager.backend;
    if (ownership === undefined)
      throw pluginBroken(manager.id, "ownership", "be an ownership store", undefined);
    this.#manager = manager;
    this.#store = ownership;
    this.#checked = new CheckedEntries(manager.id);
  }

  /** Whether a manager keeps its secrets in the rows of this table. */
  isKeptBy(manager: BackendHandle): boolean {
    return manager === this.#manager;
  }

  find(name: string, context: CallContext): Promise<OwnershipEntry | undefined> {
    return this.#manager.run(context, async () =>
      this.#checked.found(name, await this.#store.find(name, context), "find()"),
    );
  }

  /** Every read of a secret begins with it. */
  async read(name: string, context: CallContext): Promise<FoundEntry | undefined> {
    this.#manager.asked(context);
    try {
      return this.#checked.found(name, await this.#store.read(name, context), "read()");
    } catch (error) {
      throw this.#manager.attributed(error, context);
    }
  }

  readMany(names: readonly string[], context: CallContext): Promise<ReadonlyMap<string, EntryResult>> {
    return this.#manager.run(context, async () =>
      this.#checked.results(names, await this.#store.readMany(names, context)),
    );
  }

  /** In pages of the limit, however many entries of each page the caller uses. */
  list(range: ListRange, context: CallContext): AsyncIterable<ListedEntry> {
    return this.#attributed(() => this.#store.list(range, context), "list()", context);
  }

  transitions(context: CallContext): AsyncIterable<OwnershipEntry> {
    return this.#attributed(() => this.#store.transitions(context), "transitions()", context);
  }

  count(
    options: { readonly except?: string | undefined },
    context: CallContext,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#manager.run(context, async () =>
      this.#checked.counts(await this.#store.count(options, context)),
    );
  }

  /**
   * None → `creating`: the owner is about to receive the value. None → `adopting`: the owner was seen to hold a value
   * without an entry.
   */
  async insert(
    name: string,
    owner: BackendHandle,
    state: "creating" | "adopting",
    context: CallContext,
  ): Promise<ExpectedEntry | undefined> {
    const entry = { ...ownedBy(owner, name), name, state, transitionId: randomUUID() };
    return (await this.#claim(name, entry, context)) ? entry : undefined;
  }

  /** None → `active`: the value is at its owner, and another process removed the entry that recorded it. */
  restore(removed: ExpectedEntry, context: CallContext): Promise<boolean> {
    return this.#claim(removed.name, activeEntry(removed), context);
  }

  /** `active` → `locked`: the secret stays with its owner, readers read it, and writers wait. */
  lock(entry: ExpectedEntry, context: CallContext): Promise<ExpectedEntry | undefined> {
    return this.#start(entry, "locked", context);
  }

  /** `active` → `moving`: from here on, the entry names the target as the holder of a copy. */
  startMove(
    entry: ExpectedEntry,
    copy: SecretCopy,
    context: CallContext,
  ): Promise<ExpectedEntry | undefined> {
    return this.#start({ ...entry, copy }, "moving", context, { expected: entry });
  }

  /**
   * `active`, `locked` or a stale `deleting` → `deleting`: the secret reads as absent, and only this call can revert that.
   */
  startDeletion(entry: ExpectedEntry, context: CallContext): Promise<ExpectedEntry | undefined> {
    return this.#start(entry, "deleting", context);
  }

  /**
   * `active`, or a stale `refreshing` → `refreshing`: only this call writes the secret, until the lease ends.
   *
   * @param lease milliseconds. The transition id carries it, so that every process knows when the entry is stale
   */
  startRefresh(
    entry: ExpectedEntry,
    lease: number,
    context: CallContext,
  ): Promise<ExpectedEntry | undefined> {
    return this.#start(entry, "refreshing", context, { transitionId: leasedTransition(lease) });
  }

  /** `refreshing` → `refreshing`, from now on: the lease begins again. */
  renewRefresh(refreshing: ExpectedEntry, context: CallContext): Promise<boolean> {
    const { name: _name, ...entry } = refreshing;
    return this.#replace(refreshing, entry, context);
  }

  /** `refreshing` → `active`, with the new value in the row of the table itself, which has read it back. */
  storeRefreshed(refreshing: ExpectedEntry, value: SecretValue, context: CallContext): Promise<boolean> {
    return this.#replace(refreshing, { ...activeEntry(refreshing), value }, context);
  }

  /** Any state → `active`, with the same owner and the same copy. */
  activate(entry: ExpectedEntry, context: CallContext): Promise<boolean> {
    return this.#replace(entry, activeEntry(entry), context);
  }

  /** `moving` or `locked` → `active` with this copy, or without one. */
  activateWithCopy(
    entry: ExpectedEntry,
    copy: SecretCopy | undefined,
    context: CallContext,
  ): Promise<boolean> {
    return this.#replace(entry, activeEntry({ ...entry, copy }), context);
  }

  /** `moving` → `moving`, with the value in the row of the table itself, which has read it back. */
  storeCopy(moving: ExpectedEntry, value: SecretValue, context: CallContext): Promise<boolean> {
    const { name: _name, ...entry } = moving;
    return this.#replace(moving, { ...entry, value }, context);
  }

  /** `moving` → `active` at the new owner; the former one holds the copy. */
  completeMove(
    moving: ExpectedEntry,
    owner: BackendHandle,
    copy: SecretCopy,
    context: CallContext,
  ): Promise<boolean> {
    return this.#replace(moving, { ...ownedBy(owner, moving.name), copy }, context);
  }

  /**
   * Any state → the same secret at the paths of the settings, which were proven to hold it: `active`, or `deleting`, which
   * continues once it is stale again.
   */
  rebind(
    entry: ExpectedEntry,
    owner: BackendHandle,
    copy: SecretCopy | undefined,
    context: CallContext,
  ): Promise<boolean> {
    const active = activeEntry({ ...ownedBy(owner, entry.name), copy });
    const deleting = { state: "deleting", transitionId: randomUUID() } as const;
    return this.#replace(entry, entry.state === "deleting" ? { ...active, ...deleting } : active, context);
  }

  /** Any state → none: the owner has no value, or the value is deleted with the row. */
  remove(entry: ExpectedEntry, context: CallContext): Promise<boolean> {
    return this.#manager.run(context, async () =>
      this.#checked.changed(await this.#store.remove(entry, context), "remove()"),
    );
  }

  /** @param options `expected`: the entry as it was read. @default `entry` */
  async #start(
    entry: ExpectedEntry,
    state: Exclude<EntryState, "active">,
    context: CallContext,
    { expected = entry, transitionId = randomUUID() as string } = {},
  ): Promise<ExpectedEntry | undefined> {
    const started = { ...activeEntry(entry), name: entry.name, state, transitionId };
    return (await this.#replace(expected, started, context)) ? started : undefined;
  }

  #claim(name: string, change: EntryChange, context: CallContext): Promise<boolean> {
    return this.#manager.run(context, async () =>
      this.#checked.changed(await this.#store.claim(name, change, context), "claim()"),
    );
  }

  #replace(
    expected: ExpectedEntry,
    change: EntryChange & { readonly value?: SecretValue },
    context: CallContext,
  ): Promise<boolean> {
    return this.#manager.run(context, async () =>
      this.#checked.changed(await this.#store.advance(expected, change, context), "advance()"),
    );
  }

  async *#attributed<Row extends OwnershipEntry>(
    list: () => AsyncIterable<Row>,
    member: string,
    context: CallContext,
  ): AsyncGenerator<Row> {
    const open = async () => this.#checked.iterable(list(), member);
    const iterator = await this.#manager.run(context, open);
    try {
      for (;;) {
        const { done, value } = await this.#manager.run(context, () => iterator.next());
        if (done) return;
        yield this.#checked.entry(value, `${member}[]`);
      }
    } finally {
      await iterator.return?.();
    }
  }
}
