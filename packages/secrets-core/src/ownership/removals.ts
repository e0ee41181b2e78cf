import type { ExpectedEntry, OwnershipEntry } from "../backend/ownership-store.ts";
import { retry } from "../call/retry.ts";
import type { RunningCall } from "../call/running-call.ts";
import { secretChanged } from "../errors/unmet-expectation.ts";
import type { SecretVersion } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import type { Deletion } from "./deletion.ts";
import { ifEntryAllows } from "./entry-refusal.ts";
import { activateOnFailure } from "./locked-entry.ts";
import type { Lookup } from "./lookup.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";

/** Deletes secrets where their entries say that they are, and entries without a value. */
export class Removals {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;
  readonly #lookup: Lookup;
  readonly #deletion: Deletion;
  readonly #cache: SecretCache | undefined;

  constructor(
    table: OwnershipTable,
    managers: Managers,
    lookup: Lookup,
    deletion: Deletion,
    cache: SecretCache | undefined,
  ) {
    this.#table = table;
    this.#managers = managers;
    this.#lookup = lookup;
    this.#deletion = deletion;
    this.#cache = cache;
  }

  async delete(name: string, ifVersion: SecretVersion | undefined, call: RunningCall): Promise<boolean> {
    const { tableManager, selected } = this.#managers;
    const expect = ifVersion === undefined ? "any" : tableManager.expectation(ifVersion);
    // Without a deletion, the secret may be another manager's.
    if (selected === tableManager && expect !== undefined && (await this.#deleteInRow(name, expect, call)))
      return true;
    return retry(call, async () => {
      const entry = await this.#lookup.findActive(name, call);
      return entry === undefined ? false : this.#deleteOwned(entry, ifVersion, call);
    });
  }

  /** Removes an entry whose value is gone, with the copy that is left of it. */
  async removeDangling(entry: OwnershipEntry, call: RunningCall): Promise<void> {
    await call.change(entry.name, this.#cache, async () => {
      const owner = await this.#managers.ownerOf(entry);
      await this.#deleteIf(entry, call, async () => !(await owner.holds(entry.name, call)));
    });
  }

  /** Undefined: the entry is no longer as it was read. */
  async #deleteOwned(
    entry: OwnershipEntry,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<boolean | undefined> {
    const { name } = entry;
    const owner = await this.#managers.ownerOf(entry);
    const expect = ifVersion === undefined ? "any" : owner.expectation(ifVersion);
    if (expect === undefined) {
      if (await this.#lookup.has(name, call)) throw secretChanged();
      return false;
    }
    if (owner === this.#managers.tableManager && (entry.copy?.manager ?? owner.id) === owner.id) {
      // When nothing was deleted, the secret may have been moved since the entry was read.
      return (await this.#deleteInRow(name, expect, call)) ? true : undefined;
    }
    return call.change(name, this.#cache, () => {
      if (expect === "any") return this.#deletion.delete(entry, call);
      return this.#deleteIf(entry, call, () => this.#fenceVersion(entry, owner, expect.version, call));
    });
  }

  #deleteInRow(
    name: string,
    expect: "any" | { readonly version: SecretVersion },
    call: RunningCall,
  ): Promise<boolean | undefined> {
    const remove = () => this.#managers.tableManager.delete(name, expect, call);
    return ifEntryAllows(() => call.change(name, this.#cache, remove));
  }

  /** Locks an entry, and deletes its secret if the check allows it. Undefined: the entry is no longer as it was read. */
  async #deleteIf(
    entry: OwnershipEntry,
    call: RunningCall,
    check: () => Promise<boolean>,
  ): Promise<boolean | undefined> {
    const locked = await this.#table.lock(entry, call);
    if (locked === undefined) return undefined;
    if (await activateOnFailure(locked, this.#table, call, check)) return this.#deletion.delete(locked, call);
    await this.#table.activate(locked, call.finishing());
    return false;
  }

  /**
   * Rewrites the value of a locked entry under its version, so that no write of another process can succeed any more.
   *
   * @returns whether there is a value
   * @throws SecretsError CONFLICT when it has another version
   */
  async #fenceVersion(
    { name }: ExpectedEntry,
    owner: BackendHandle,
    version: SecretVersion,
    call: RunningCall,
  ): Promise<boolean> {
    const isInRow = owner === this.#managers.tableManager;
    const stored = isInRow ? (await this.#table.read(name, call))?.secret : undefined;
    const secret = stored === undefined ? await owner.get(name, call.deciding()) : owner.secret(name, stored);
    if (secret === undefined) return false;
    if (secret.version === undefined || owner.expectation(secret.version)?.version !== version) {
      throw secretChanged();
    }
    // Writes to the row check its state in the same statement.
    if (!isInRow) await owner.write(name, secret.value, { version }, call);
    return true;
  }
}
