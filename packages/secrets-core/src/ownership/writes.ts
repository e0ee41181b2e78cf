import type { Expectation } from "../backend/backend.ts";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import { assertInTime } from "../call/assert-in-time.ts";
import { retry, unlessOvertaken } from "../call/retry.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isDamagedSecret } from "../errors/damaged-secret.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import { secretChanged, secretElsewhere, secretExists, secretNotFound } from "../errors/unmet-expectation.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import { updateBy } from "../store/update-by.ts";
import { createAt } from "./creation.ts";
import { ifEntryAllows } from "./entry-refusal.ts";
import type { Lookup } from "./lookup.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";
import type { Recovery } from "./recovery.ts";
import type { Removals } from "./removals.ts";
import { isPresent } from "./states.ts";

/**
 * Creates and replaces secrets where their entries say that they are. What the table's manager owns is changed in one
 * statement, which checks the entry itself. At an external manager, nothing is written under a version that was read after
 * the entry was last read.
 */
export class Writes {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;
  readonly #recovery: Recovery;
  readonly #lookup: Lookup;
  readonly #removals: Removals;
  readonly #cache: SecretCache | undefined;

  constructor(
    table: OwnershipTable,
    managers: Managers,
    recovery: Recovery,
    lookup: Lookup,
    removals: Removals,
    cache: SecretCache | undefined,
  ) {
    this.#table = table;
    this.#managers = managers;
    this.#recovery = recovery;
    this.#lookup = lookup;
    this.#removals = removals;
    this.#cache = cache;
  }

  async create(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo> {
    const { tableManager, selected } = this.#managers;
    const startedAt = performance.now();
    for (;;) {
      const created = await this.#create(name, value, call);
      if (created !== undefined) return created;
      const entry = await this.#table.find(name, call);
      if (entry === undefined) continue;
      if (!isPresent(entry.state)) {
        await this.#recovery.waitOrRecover(entry, startedAt, call);
        continue;
      }
      const owner = await this.#managers.ownerOf(entry);
      if (owner === tableManager || (await owner.holds(name, call))) {
        throw owner === selected ? secretExists() : secretElsewhere(owner.id, selected.id);
      }
      if (entry.state === "active") await this.#removals.removeDangling(entry, call);
      else await this.#recovery.waitOrRecover(entry, startedAt, call);
    }
  }

  async set(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo> {
    const { tableManager, selected } = this.#managers;
    if (selected === tableManager) {
      const written = await this.#writeInRow(name, value, "any", call);
      if (written !== undefined) return written;
    }
    const removeDangling = (entry: OwnershipEntry) => this.#removals.removeDangling(entry, call);
    return retry(call, async () => {
      const entry = await this.#lookup.findActive(name, call);
      return entry === undefined
        ? this.#create(name, value, call)
        : this.#replace(entry, value, removeDangling, call);
    });
  }

  async update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    const { tableManager, selected } = this.#managers;
    const expect = ifVersion === undefined ? "present" : tableManager.expectation(ifVersion);
    if (selected === tableManager && expect !== undefined) {
      const written = await this.#writeInRow(name, value, expect, call);
      if (written !== undefined) return written;
    }
    return retry(call, async () => {
      const entry = await this.#lookup.findActive(name, call);
      if (entry === undefined) throw secretNotFound();
      return ifVersion === undefined
        ? this.#replace(entry, value, refuseDangling, call)
        : this.#replaceVersion(entry, value, ifVersion, call);
    });
  }

  async updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    const read = () => this.#lookup.findSecret(name, call);
    return updateBy(change, ifVersion, call, read, ({ entry, owner, secret }, next) =>
      this.#replaceRead(entry, owner, secret, next, call),
    );
  }

  /** Undefined: there is an entry, or a value at the external manager, of this name. */
  async #create(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo | undefined> {
    const { tableManager, selected } = this.#managers;
    if (selected !== tableManager) {
      return call.change(name, this.#cache, () => createAt(selected, name, value, this.#table, call));
    }
    try {
      return await this.#writeInRow(name, value, "absent", call);
    } catch (error) {
      // The owner decides which error the caller receives.
      if (isSecretsError(error, "ALREADY_EXISTS")) return undefined;
      throw error;
    }
  }

  /**
   * Replaces a value, whichever version it has. After the version is read, the entry is read once more before the write, so
   * that no write goes to a manager from which the secret was moved away.
   *
   * @param onDangling called when the owner has no value
   * @returns undefined when the entry or the secret changed in the meantime, or after `onDangling`: the caller reads the entry again
   */
  async #replace(
    entry: OwnershipEntry,
    value: SecretValue,
    onDangling: (entry: OwnershipEntry) => Promise<void>,
    call: RunningCall,
  ): Promise<SecretInfo | undefined> {
    const { name } = entry;
    const owner = await this.#managers.ownerOf(entry);
    if (owner === this.#managers.tableManager) return this.#tryWrite(name, owner, value, "present", call);
    if (!owner.conditionalWrites) {
      const written = await this.#tryWrite(name, owner, value, "present", call);
      if (written !== undefined) return written;
      if (await this.#lookup.isDangling(entry, owner, call)) await onDangling(entry);
      return undefined;
    }
    let secret: Secret | undefined;
    try {
      secret = await owner.get(name, call.deciding());
    } catch (error) {
      if (!isDamagedSecret(error)) throw error;
      return this.#replaceDamaged(entry, owner, value, call);
    }
    if (secret !== undefined) return this.#replaceRead(entry, owner, secret, value, call);
    if (await this.#lookup.isDangling(entry, owner, call)) await onDangling(entry);
    return undefined;
  }

  /** The version of a value that cannot be read is unknown, so the entry is locked, and no process moves the secret. */
  async #replaceDamaged(
    entry: OwnershipEntry,
    owner: BackendHandle,
    value: SecretValue,
    call: RunningCall,
  ): Promise<SecretInfo | undefined> {
    const locked = await this.#table.lock(entry, call);
    if (locked === undefined) return undefined;
    try {
      assertInTime(call, owner);
      return await this.#tryWrite(entry.name, owner, value, "present", call);
    } finally {
      // If this fails, the entry becomes active when it is stale, and readers read the value until then.
      await this.#table.activate(locked, call.finishing()).catch(() => undefined);
    }
  }

  /**
   * Replaces the value that was read, if the entry and the secret are unchanged.
   *
   * @param entry `active` when the secret was read
   */
  async #replaceRead(
    entry: OwnershipEntry,
    owner: BackendHandle,
    secret: Secret,
    value: SecretValue,
    call: RunningCall,
  ): Promise<SecretInfo | undefined> {
    const isInRow = owner === this.#managers.tableManager;
    if (!isInRow && (await this.#lookup.hasChanged(entry, call))) return undefined;
    return this.#tryWrite(entry.name, owner, value, owner.unchanged(secret), call);
  }

  /** The caller read the version before the entry was read, so nothing needs to be confirmed. */
  async #replaceVersion(
    entry: OwnershipEntry,
    value: SecretValue,
    ifVersion: SecretVersion,
    call: RunningCall,
  ): Promise<SecretInfo | undefined> {
    const { name } = entry;
    const owner = await this.#managers.ownerOf(entry);
    const expect = owner.expectation(ifVersion);
    if (expect === undefined) throw (await this.#lookup.has(name, call)) ? secretChanged() : secretNotFound();
    if (owner === this.#managers.tableManager) return this.#writeInRow(name, value, expect, call);
    try {
      return await call.change(name, this.#cache, () => owner.write(name, value, expect, call));
    } catch (error) {
      if (!isSecretsError(error, "NOT_FOUND")) throw error;
      // It may have been moved away.
      if (await this.#lookup.isDangling(entry, owner, call)) throw secretNotFound();
      return undefined;
    }
  }

  /** Writes at the table's manager. Undefined: the entry does not allow it. */
  #writeInRow(
    name: string,
    value: SecretValue,
    expect: Expectation,
    call: RunningCall,
  ): Promise<SecretInfo | undefined> {
    const write = () => this.#managers.tableManager.write(name, value, expect, call);
    return ifEntryAllows(() => call.change(name, this.#cache, write));
  }

  /** Undefined: another process changed, deleted or moved the secret first. */
  #tryWrite(
    name: string,
    owner: BackendHandle,
    value: SecretValue,
    expect: Expectation,
    call: RunningCall,
  ): Promise<SecretInfo | undefined> {
    const write = () => call.change(name, this.#cache, () => owner.write(name, value, expect, call));
    return ifEntryAllows(() => unlessOvertaken(write));
  }
}

async function refuseDangling(): Promise<void> {
  throw secretNotFound();
}
