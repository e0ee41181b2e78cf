import type { Reference } from "../backend/reference-store.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import {
  secretChanged,
  secretElsewhere,
  secretExists,
  secretNotFound,
  withoutConditions,
} from "../errors/unmet-expectation.ts";
import { backoff } from "../manager/backoff.ts";
import { nextValue } from "../manager/caller-code.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import type { SecretCache } from "../manager/secret-cache.ts";
import { sendChange } from "../manager/send-change.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import { assertInTime } from "./in-time.ts";
import type { Owners } from "./owners.ts";
import type { ReferenceTable } from "./reference-table.ts";
import { isReadable } from "./row.ts";
import type { RowLookup } from "./row-lookup.ts";
import type { Transitions } from "./transitions.ts";

/** What changes of secrets are made of. */
export interface RowChangesParts {
  readonly table: ReferenceTable;
  readonly owners: Owners;
  readonly transitions: Transitions;
  readonly lookup: RowLookup;
  readonly cache: SecretCache | undefined;
}

/**
 * Changes secrets where their rows say they are. What the table's keeper owns is changed in one statement, which looks at
 * the row itself; at an external manager, nothing is written under a version that was read after the last look at the row.
 */
export class RowChanges {
  readonly #table: ReferenceTable;
  readonly #owners: Owners;
  readonly #transitions: Transitions;
  readonly #lookup: RowLookup;
  readonly #cache: SecretCache | undefined;

  constructor({ table, owners, transitions, lookup, cache }: RowChangesParts) {
    this.#table = table;
    this.#owners = owners;
    this.#transitions = transitions;
    this.#lookup = lookup;
    this.#cache = cache;
  }

  async create(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    const { keeper, selected } = this.#owners;
    const startedAt = performance.now();
    for (;;) {
      const created = await this.#create(name, value, operation);
      if (created !== undefined) return created;
      const row = await this.#table.find(name, operation);
      if (row === undefined) continue;
      if (!isReadable(row)) {
        await this.#transitions.settle(row, startedAt, operation);
        continue;
      }
      const owner = await this.#transitions.ownerOf(row);
      if (owner === keeper || (await owner.has(name, operation))) {
        throw owner === selected ? secretExists() : secretElsewhere(owner.id, selected.id);
      }
      if (row.state === "active") await this.#clear(row, operation);
      else await this.#transitions.settle(row, startedAt, operation);
    }
  }

  async set(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    const { keeper, selected } = this.#owners;
    if (selected === keeper) {
      const written = await this.#tryKeeper(name, operation, () =>
        keeper.write(name, value, "any", operation),
      );
      if (written !== undefined) return written;
    }
    for (let attempt = 0; ; attempt++) {
      const row = await this.#lookup.settledRow(name, operation);
      if (row === undefined) {
        const created = await this.#create(name, value, operation);
        if (created !== undefined) return created;
        continue;
      }
      const replaced = await this.#replace(row, value, operation);
      if (replaced === "dangling") await this.#clear(row, operation);
      else if (replaced !== "conflict") return replaced;
      else await backoff(attempt, operation.signal);
    }
  }

  async update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    const expect = ifVersion === undefined ? "present" : this.#owners.keeper.expectation(ifVersion);
    if (this.#owners.selected === this.#owners.keeper && expect !== undefined) {
      const written = await this.#tryKeeper(name, operation, () =>
        this.#owners.keeper.write(name, value, expect, operation),
      );
      if (written !== undefined) return written;
    }
    for (let attempt = 0; ; attempt++) {
      const row = await this.#lookup.settledRow(name, operation);
      if (row === undefined) throw secretNotFound();
      const replaced =
        ifVersion === undefined
          ? await this.#replace(row, value, operation)
          : await this.#replaceVersion(row, value, ifVersion, operation);
      if (replaced === "dangling") throw secretNotFound();
      if (replaced !== "conflict") return replaced;
      await backoff(attempt, operation.signal);
    }
  }

  async updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    for (let attempt = 0; ; attempt++) {
      const found = await this.#lookup.findSecret(name, operation);
      if (found === undefined) throw secretNotFound();
      const { row, owner, secret } = found;
      if (ifVersion !== undefined) {
        if (!owner.conditionalWrites) throw withoutConditions(owner.id);
        if (secret.version !== ifVersion) throw secretChanged();
      }
      const next = await nextValue(change, secret.value);
      const replaced = await this.#replaceRead(row, owner, secret, next, operation);
      if (replaced !== "conflict") return replaced;
      // Whether it was changed, deleted or only moved, the next look tells.
      await backoff(attempt, operation.signal);
    }
  }

  async delete(name: string, ifVersion: SecretVersion | undefined, operation: Operation): Promise<boolean> {
    const { keeper, selected } = this.#owners;
    const kept = ifVersion === undefined ? "any" : keeper.expectation(ifVersion);
    if (selected === keeper && kept !== undefined) {
      const deleted = await this.#tryKeeper(name, operation, () => keeper.delete(name, kept, operation));
      // It may be another manager's.
      if (deleted === true) return true;
    }
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) await backoff(attempt - 1, operation.signal);
      const row = await this.#lookup.settledRow(name, operation);
      if (row === undefined) return false;
      const owner = await this.#transitions.ownerOf(row);
      if (ifVersion !== undefined && !owner.conditionalWrites) throw withoutConditions(owner.id);
      const expect = ifVersion === undefined ? undefined : owner.expectation(ifVersion);
      if (ifVersion !== undefined && expect === undefined) {
        if (await this.#lookup.has(name, operation)) throw secretChanged();
        return false;
      }
      if (owner === keeper && (row.copy?.manager ?? owner.id) === owner.id) {
        const remove = () => owner.delete(name, expect ?? "any", operation);
        // Not there, it may have been moved since the look: the next one tells.
        if ((await this.#tryKeeper(name, operation, remove)) === true) return true;
        continue;
      }
      const deleted = await sendChange(name, operation, this.#cache, () =>
        expect === undefined
          ? this.#transitions.delete(row, operation)
          : this.#deleteVersion(row, owner, expect.version, operation),
      );
      if (deleted !== undefined) return deleted;
    }
  }

  /** Undefined: there is a row, or a value at the external manager, of this name. */
  async #create(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo | undefined> {
    const { keeper, selected } = this.#owners;
    if (selected !== keeper) {
      return sendChange(name, operation, this.#cache, () =>
        this.#transitions.create(selected, name, value, operation),
      );
    }
    try {
      return await this.#tryKeeper(name, operation, () => keeper.write(name, value, "absent", operation));
    } catch (error) {
      // Whose it is decides what the caller is told.
      if (isSecretsError(error, "ALREADY_EXISTS")) return undefined;
      throw error;
    }
  }

  /** Undefined: the row is another manager's, or in the middle of a change, so that it must be looked at. */
  async #tryKeeper<Result>(
    name: string,
    operation: Operation,
    change: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await sendChange(name, operation, this.#cache, change);
    } catch (error) {
      if (isSecretsError(error) && isOfRow(error.reason)) return undefined;
      throw error;
    }
  }

  /**
   * Replaces a value, whichever version it has. A version that was read is confirmed by another look at the row before it
   * is written under, so that no write lands where the secret was moved away from.
   */
  async #replace(
    row: Reference,
    value: SecretValue,
    operation: Operation,
  ): Promise<SecretInfo | "conflict" | "dangling"> {
    const { name } = row;
    const owner = await this.#transitions.ownerOf(row);
    if (owner === this.#owners.keeper) {
      const write = () => owner.write(name, value, "present", operation);
      return this.#attempt(name, operation, write);
    }
    if (owner.conditionalWrites) {
      let secret: Secret | undefined;
      try {
        secret = await owner.get(name, operation.deciding());
      } catch (error) {
        if (!isDamaged(error)) throw error;
        return this.#mend(row, owner, value, operation);
      }
      if (secret === undefined)
        return (await this.#lookup.isDangling(row, owner, operation)) ? "dangling" : "conflict";
      return this.#replaceRead(row, owner, secret, value, operation);
    }
    const replaced = await this.#attempt(name, operation, () =>
      owner.write(name, value, "present", operation),
    );
    if (replaced !== "conflict") return replaced;
    return (await this.#lookup.isDangling(row, owner, operation)) ? "dangling" : "conflict";
  }

  /** Replaces what nobody can read: its version is not known, so the row is held fast, that it is not moved meanwhile. */
  async #mend(
    row: Reference,
    owner: Owner,
    value: SecretValue,
    operation: Operation,
  ): Promise<SecretInfo | "conflict"> {
    const held = await this.#transitions.hold(row, operation);
    if (held === undefined) return "conflict";
    try {
      assertInTime(operation);
      const write = () => owner.write(row.name, value, "present", operation);
      return await this.#attempt(row.name, operation, write);
    } finally {
      // Failing, it hides nothing: whoever comes later finds the value, and gives the row back in time.
      await this.#transitions.release(held, operation.finishing()).catch(() => undefined);
    }
  }

  /**
   * Replaces what was read, when the row and the secret are still what they were.
   *
   * @param row without a change under way when the secret was read
   */
  async #replaceRead(
    row: Reference,
    owner: Owner,
    secret: Secret,
    value: SecretValue,
    operation: Operation,
  ): Promise<SecretInfo | "conflict"> {
    const { name } = row;
    const expect =
      owner.conditionalWrites && secret.version !== undefined ? owner.expectation(secret.version) : undefined;
    const isConfirmedByStore = owner === this.#owners.keeper;
    if (!isConfirmedByStore && (await this.#lookup.hasChanged(row, operation))) return "conflict";
    return this.#attempt(name, operation, () => owner.write(name, value, expect ?? "present", operation));
  }

  /** The version was read before the row was looked at, so nothing needs to be confirmed. */
  async #replaceVersion(
    row: Reference,
    value: SecretValue,
    ifVersion: SecretVersion,
    operation: Operation,
  ): Promise<SecretInfo | "conflict" | "dangling"> {
    const { name } = row;
    const owner = await this.#transitions.ownerOf(row);
    if (!owner.conditionalWrites) throw withoutConditions(owner.id);
    const expect = owner.expectation(ifVersion);
    if (expect === undefined)
      throw (await this.#lookup.has(name, operation)) ? secretChanged() : secretNotFound();
    if (owner === this.#owners.keeper) {
      const write = () => owner.write(name, value, expect, operation);
      return (await this.#tryKeeper(name, operation, write)) ?? "conflict";
    }
    try {
      return await sendChange(name, operation, this.#cache, () =>
        owner.write(name, value, expect, operation),
      );
    } catch (error) {
      // Gone from where it was, it may have been moved.
      if (!isSecretsError(error, "NOT_FOUND")) throw error;
      return (await this.#lookup.isDangling(row, owner, operation)) ? "dangling" : "conflict";
    }
  }

  /** A write that may find that somebody else was faster, or that the secret is gone. */
  async #attempt(
    name: string,
    operation: Operation,
    write: () => Promise<SecretInfo>,
  ): Promise<SecretInfo | "conflict"> {
    try {
      return await sendChange(name, operation, this.#cache, write);
    } catch (error) {
      if (isSecretsError(error, "CONFLICT") || isSecretsError(error, "NOT_FOUND")) return "conflict";
      if (isSecretsError(error) && isOfRow(error.reason)) return "conflict";
      throw error;
    }
  }

  /**
   * Deletes one version of a secret that takes several steps: the row is held fast, and the value is rewritten under the
   * version, so that nobody can change it any more. Only then is it decided.
   */
  async #deleteVersion(
    row: Reference,
    owner: Owner,
    version: SecretVersion,
    operation: Operation,
  ): Promise<boolean | undefined> {
    const held = await this.#transitions.hold(row, operation);
    if (held === undefined) return undefined;
    let isDecided = false;
    try {
      const kept = owner === this.#owners.keeper ? await this.#table.read(row.name, operation) : undefined;
      const secret =
        kept?.secret === undefined
          ? await owner.get(row.name, operation.deciding())
          : owner.secret(row.name, kept.secret);
      if (secret === undefined) return false;
      if (secret.version === undefined || owner.expectation(secret.version)?.version !== version) {
        throw secretChanged();
      }
      if (owner !== this.#owners.keeper) await owner.write(row.name, secret.value, { version }, operation);
      isDecided = true;
    } finally {
      if (!isDecided) await this.#transitions.release(held, operation.finishing());
    }
    return this.#transitions.delete(held, operation);
  }

  /** Removes a row whose value is gone, with the copy that is left of it: held fast, so that nobody puts one meanwhile. */
  async #clear(row: Reference, operation: Operation): Promise<void> {
    await sendChange(row.name, operation, this.#cache, async () => {
      const owner = await this.#transitions.ownerOf(row);
      const held = await this.#transitions.hold(row, operation);
      if (held === undefined) return;
      let isGone = false;
      try {
        isGone = !(await owner.has(row.name, operation));
      } finally {
        if (!isGone) await this.#transitions.release(held, operation.finishing());
      }
      if (isGone) await this.#transitions.delete(held, operation);
    });
  }
}

/** The reasons for which the keeper's own change is not made: what the row says must be looked at. */
function isOfRow(reason: string | undefined): boolean {
  return reason === "OTHER_MANAGER" || reason === "IN_TRANSITION" || reason === "HAS_COPY";
}

/** Whether a secret is there that cannot be read. `DAMAGED_SECRET` is how a plugin says so under any code. */
function isDamaged(error: unknown): boolean {
  if (!isSecretsError(error)) return false;
  const { code, reason } = error;
  return code === "INVALID_VALUE" || code === "DECRYPTION_FAILED" || reason === "DAMAGED_SECRET";
}
