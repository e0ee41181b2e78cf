import { randomUUID } from "node:crypto";
import type { ListRange } from "../backend/backend.ts";
import type { Capabilities } from "../backend/capabilities.ts";
import type { Health } from "../backend/health.ts";
import type { Reference, ReferenceExpectation } from "../backend/reference-store.ts";
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
import type { GetManyResult, SecretStore } from "../manager/secret-store.ts";
import { sendChange } from "../manager/send-change.ts";
import { wrapError } from "../manager/wrap-error.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import { isSecretName } from "../secret/secret-name.ts";
import { mayNotList, mergedList } from "./merged-list.ts";
import type { Owners } from "./owners.ts";
import type { ReferenceTable } from "./reference-table.ts";
import { isReadable, isSameRow, ownedBy, settled, underWay } from "./row.ts";
import type { Transitions } from "./transitions.ts";

/** Names that are adopted at the same time by one `getMany`. */
const ADOPTIONS_AT_A_TIME = 16;

/** A secret that was found, with the row that says whose it is. */
interface Found {
  readonly row: Reference;
  readonly owner: Owner;
  readonly secret: Secret;
}

/** What a change of a secret that exists starts from. */
type State =
  | { readonly kind: "absent" }
  /** There is a row, and its owner has no value. */
  | { readonly kind: "dangling"; readonly row: Reference }
  | { readonly kind: "found"; readonly found: Found };

/**
 * The secrets of several managers, with a table that says which of them owns which. Calls follow the row; new secrets go to
 * the selected manager. Where there is no row, the selected external manager is asked, and what it has is adopted.
 */
export class RoutedStore implements SecretStore {
  readonly capabilities: Capabilities;
  readonly owners: Owners;
  readonly table: ReferenceTable;
  readonly transitions: Transitions;
  readonly cache: SecretCache | undefined;
  #countByManager: Readonly<Record<string, number>> = {};
  #listsItself: boolean;

  constructor(
    owners: Owners,
    table: ReferenceTable,
    transitions: Transitions,
    cache: SecretCache | undefined,
  ) {
    this.owners = owners;
    this.table = table;
    this.transitions = transitions;
    this.cache = cache;
    this.#listsItself = owners.selected.backend.capabilities.list;
    // The table lists what a manager cannot.
    this.capabilities = Object.freeze({ ...owners.selected.backend.capabilities, list: true });
  }

  get countByManager(): Readonly<Record<string, number>> {
    return this.#countByManager;
  }

  /** Takes what was counted at the start. */
  set countByManager(counts: Readonly<Record<string, number>>) {
    this.#countByManager = Object.freeze({ ...counts });
  }

  async get(name: string, operation: Operation): Promise<Secret | undefined> {
    const row = await this.table.read(name, operation);
    if (row?.secret !== undefined) return this.owners.keeper.secret(name, row.secret);
    const state = await this.#follow(name, row, operation);
    return state.kind === "found" ? state.found.secret : undefined;
  }

  async getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<void> {
    const { keeper, selected } = this.owners;
    const elsewhere = new Map<string, string[]>();
    const ask = (manager: string, name: string) => {
      const group = elsewhere.get(manager);
      if (group === undefined) elsewhere.set(manager, [name]);
      else group.push(name);
    };
    const again: string[] = [];
    const answers = await this.table.readMany(names, operation);
    for (const name of names) {
      const answer = answers.get(name);
      if (answer?.status === "failed") results.set(name, this.#failed(name, answer.error, keeper));
      else if (answer?.status === "found") {
        const { reference } = answer;
        if (reference.secret !== undefined) {
          results.set(
            name,
            this.#result(name, () => keeper.secret(name, reference.secret as never)),
          );
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

  async has(name: string, operation: Operation): Promise<boolean> {
    const { keeper, selected } = this.owners;
    for (;;) {
      const row = await this.table.find(name, operation);
      if (row === undefined) {
        if (selected === keeper || !(await selected.has(name, operation))) return false;
        await this.adopt(name, selected, operation);
        continue;
      }
      if (await this.#isAbsent(row, operation)) return false;
      if (!isReadable(row)) continue;
      const owner = await this.transitions.ownerOf(row);
      if (owner === keeper || (await owner.has(name, operation))) return true;
      if (!(await this.#hasChanged(row, operation))) return false;
    }
  }

  async create(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    const { keeper, selected } = this.owners;
    const startedAt = performance.now();
    for (;;) {
      operation.signal.throwIfAborted();
      const created = await this.#create(name, value, operation);
      if (created !== undefined) return created;
      const row = await this.table.find(name, operation);
      if (row === undefined) continue;
      if (!isReadable(row)) {
        await this.transitions.settle(row, startedAt, operation);
        continue;
      }
      const owner = await this.transitions.ownerOf(row);
      if (owner === keeper || (await owner.has(name, operation))) {
        throw owner === selected ? secretExists() : secretElsewhere(owner.id, selected.id);
      }
      if (row.state === "active") await this.#clear(row, operation);
      else await this.transitions.settle(row, startedAt, operation);
    }
  }

  async set(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    const { keeper, selected } = this.owners;
    if (selected === keeper) {
      const written = await this.#tryKeeper(name, operation, () =>
        keeper.write(name, value, "any", operation),
      );
      if (written !== undefined) return written;
    }
    for (let attempt = 0; ; attempt++) {
      const row = await this.#settledRow(name, operation);
      if (row === undefined) {
        const created = await this.#create(name, value, operation);
        if (created !== undefined) return created;
        continue;
      }
      const replaced = await this.#replace(row, value, "any", operation);
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
    const expect = ifVersion === undefined ? "present" : this.owners.keeper.expectation(ifVersion);
    if (this.owners.selected === this.owners.keeper && expect !== undefined) {
      const written = await this.#tryKeeper(name, operation, () =>
        this.owners.keeper.write(name, value, expect, operation),
      );
      if (written !== undefined) return written;
    }
    for (let attempt = 0; ; attempt++) {
      const row = await this.#settledRow(name, operation);
      if (row === undefined) throw secretNotFound();
      const replaced =
        ifVersion === undefined
          ? await this.#replace(row, value, "present", operation)
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
      operation.signal.throwIfAborted();
      const found = await this.#findSecret(name, operation);
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
    const { keeper, selected } = this.owners;
    const kept = ifVersion === undefined ? "any" : keeper.expectation(ifVersion);
    if (selected === keeper && kept !== undefined) {
      const deleted = await this.#tryKeeper(name, operation, () => keeper.delete(name, kept, operation));
      // It may be another manager's.
      if (deleted === true) return true;
    }
    for (;;) {
      const row = await this.#settledRow(name, operation);
      if (row === undefined) return false;
      const owner = await this.transitions.ownerOf(row);
      if (ifVersion !== undefined && !owner.conditionalWrites) throw withoutConditions(owner.id);
      const expect = ifVersion === undefined ? undefined : owner.expectation(ifVersion);
      if (ifVersion !== undefined && expect === undefined) {
        if (await this.has(name, operation)) throw secretChanged();
        return false;
      }
      const isKept = owner === keeper && (row.copy?.manager ?? owner.id) === owner.id;
      const deleted = isKept
        ? await this.#tryKeeper(name, operation, () => owner.delete(name, expect ?? "any", operation))
        : await sendChange(name, operation, this.cache, () =>
            expect === undefined
              ? this.transitions.delete(row, operation)
              : this.#deleteVersion(row, owner, expect.version, operation),
          );
      if (deleted !== undefined) return deleted;
    }
  }

  list(range: ListRange, operation: Operation): AsyncIterator<SecretInfo> {
    return this.#list(range, operation);
  }

  async check({ count }: { readonly count: boolean }, operation: Operation): Promise<Health> {
    const { keeper, selected } = this.owners;
    const healths = [await selected.check({ count: false }, operation)];
    if (keeper !== selected) healths.push(await keeper.check({ count: false }, operation));
    const problems = healths.flatMap((health) => health.problems);
    const statuses = healths.map(({ status }) => status);
    const status =
      statuses.find((one) => one === "unavailable") ??
      statuses.find((one) => one === "degraded") ??
      "healthy";
    if (!count) return { status, problems };
    const counts: Record<string, number> = {};
    let listed = 0;
    let unlistedCount = 0;
    for await (const { name, manager } of {
      [Symbol.asyncIterator]: () => this.#list({ prefix: "" }, operation),
    }) {
      if (!isSecretName(name)) {
        unlistedCount++;
        continue;
      }
      listed++;
      counts[manager] = (counts[manager] ?? 0) + 1;
    }
    this.countByManager = counts;
    return { status, problems, count: listed, countByManager: this.#countByManager, unlistedCount };
  }

  /** Undefined: there is a row, or a value at the external manager, of this name. */
  async #create(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo | undefined> {
    const { keeper, selected } = this.owners;
    if (selected !== keeper) {
      return sendChange(name, operation, this.cache, () =>
        this.transitions.create(selected, name, value, operation),
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
      return await sendChange(name, operation, this.cache, change);
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
    expect: "any" | "present",
    operation: Operation,
  ): Promise<SecretInfo | "conflict" | "dangling"> {
    const { name } = row;
    const owner = await this.transitions.ownerOf(row);
    if (owner === this.owners.keeper) {
      const write = () => owner.write(name, value, "present", operation);
      return this.#attempt(name, operation, write);
    }
    if (owner.conditionalWrites) {
      let secret: Secret | undefined;
      try {
        secret = await owner.get(name, operation);
      } catch (error) {
        if (expect !== "any" || !isDamaged(error)) throw error;
        // Nobody can read it, and so nobody knows its version: setting it anew mends it.
        const write = () => owner.write(name, value, "any", operation);
        return (await this.#hasChanged(row, operation)) ? "conflict" : this.#attempt(name, operation, write);
      }
      if (secret === undefined) return (await this.#hasChanged(row, operation)) ? "conflict" : "dangling";
      return this.#replaceRead(row, owner, secret, value, operation);
    }
    const replaced = await this.#attempt(name, operation, () =>
      owner.write(name, value, "present", operation),
    );
    return replaced === "conflict" && !(await this.#hasChanged(row, operation)) ? "dangling" : replaced;
  }

  /** Replaces what was read, when the row and the secret are still what they were. */
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
    const isConfirmedByStore = owner === this.owners.keeper;
    if (!isConfirmedByStore && (row.state !== "active" || (await this.#hasChanged(row, operation)))) {
      return "conflict";
    }
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
    const owner = await this.transitions.ownerOf(row);
    if (!owner.conditionalWrites) throw withoutConditions(owner.id);
    const expect = owner.expectation(ifVersion);
    if (expect === undefined) throw (await this.has(name, operation)) ? secretChanged() : secretNotFound();
    if (owner === this.owners.keeper) {
      const write = () => owner.write(name, value, expect, operation);
      return (await this.#tryKeeper(name, operation, write)) ?? "conflict";
    }
    try {
      return await sendChange(name, operation, this.cache, () => owner.write(name, value, expect, operation));
    } catch (error) {
      // Gone from where it was, it may have been moved.
      if (isSecretsError(error, "NOT_FOUND") && (await this.#hasChanged(row, operation))) return "conflict";
      throw error;
    }
  }

  /** A write that may find that somebody else was faster, or that the secret is gone. */
  async #attempt(
    name: string,
    operation: Operation,
    write: () => Promise<SecretInfo>,
  ): Promise<SecretInfo | "conflict"> {
    try {
      return await sendChange(name, operation, this.cache, write);
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
    const held = await this.transitions.hold(row, operation);
    if (held === undefined) return undefined;
    let isDecided = false;
    try {
      const kept = owner === this.owners.keeper ? await this.table.read(row.name, operation) : undefined;
      const secret =
        kept?.secret === undefined
          ? await owner.get(row.name, operation)
          : owner.secret(row.name, kept.secret);
      if (secret === undefined) return false;
      if (secret.version === undefined || owner.expectation(secret.version)?.version !== version) {
        throw secretChanged();
      }
      if (owner !== this.owners.keeper) await owner.write(row.name, secret.value, { version }, operation);
      isDecided = true;
    } finally {
      if (!isDecided) await this.transitions.release(held, operation.finishing());
    }
    return this.transitions.delete(held, operation);
  }

  /** The row of a secret with nothing under way. Undefined: there is neither a row nor a value to adopt. */
  async #settledRow(name: string, operation: Operation): Promise<Reference | undefined> {
    const { keeper, selected } = this.owners;
    const startedAt = performance.now();
    for (;;) {
      operation.signal.throwIfAborted();
      const row = await this.table.find(name, operation);
      if (row?.state === "active") return row;
      if (row !== undefined) await this.transitions.settle(row, startedAt, operation);
      else if (selected === keeper || !(await selected.has(name, operation))) return undefined;
      else await this.adopt(name, selected, operation);
    }
  }

  /** The secret with its row, which has nothing under way. */
  async #findSecret(name: string, operation: Operation): Promise<Found | undefined> {
    const { keeper } = this.owners;
    const startedAt = performance.now();
    for (;;) {
      operation.signal.throwIfAborted();
      const row = await this.table.read(name, operation);
      if (row !== undefined && row.state !== "active") {
        await this.transitions.settle(row, startedAt, operation);
        continue;
      }
      if (row?.secret !== undefined) {
        return { row, owner: keeper, secret: keeper.secret(name, row.secret) };
      }
      const state = await this.#follow(name, row, operation);
      if (state.kind !== "found") return undefined;
      if (state.found.row.state === "active") return state.found;
    }
  }

  /** Reads a secret of another manager than the one that keeps the table. */
  async #follow(name: string, first: Reference | undefined, operation: Operation): Promise<State> {
    const { keeper } = this.owners;
    let row = first;
    for (;;) {
      if (row === undefined) {
        const adopted = await this.#adoptRead(name, operation);
        if (adopted !== "there is a row") return adopted;
      } else if (await this.#isAbsent(row, operation)) return { kind: "absent" };
      else if (isReadable(row)) {
        const owner = await this.transitions.ownerOf(row);
        const secret = owner === keeper ? undefined : await owner.get(name, operation);
        if (secret !== undefined) return { kind: "found", found: { row, owner, secret } };
        // It may have been moved between the two looks.
        if (!(await this.#hasChanged(row, operation))) return { kind: "dangling", row };
      }
      operation.signal.throwIfAborted();
      const next = await this.table.read(name, operation);
      if (next?.secret !== undefined) {
        const secret = keeper.secret(name, next.secret);
        return { kind: "found", found: { row: next, owner: keeper, secret } };
      }
      row = next;
    }
  }

  /** Whether a row reads as absent. A creation that somebody left half way is finished first: its value may be there. */
  async #isAbsent(row: Reference, operation: Operation): Promise<boolean> {
    if (isReadable(row)) return false;
    if (row.state !== "pending" || !this.transitions.isOld(row)) return true;
    await this.transitions.recover(row, operation);
    return false;
  }

  async #hasChanged(row: ReferenceExpectation, operation: Operation): Promise<boolean> {
    return !isSameRow(row, await this.table.find(row.name, operation));
  }

  /** Reads from the selected external manager what has no row, and puts one. */
  async #adoptRead(name: string, operation: Operation): Promise<State | "there is a row"> {
    const { keeper, selected } = this.owners;
    if (selected === keeper) return { kind: "absent" };
    if ((await selected.get(name, operation)) === undefined) return { kind: "absent" };
    const held = await this.#claimForAdoption(name, selected, operation);
    if (held === undefined) return "there is a row";
    // Deleted meanwhile, by somebody without the table, it must not be left with a row.
    const secret = await selected.get(name, operation);
    if (secret === undefined) await this.table.remove(held, operation);
    else await this.transitions.release(held, operation);
    if (secret === undefined) return { kind: "absent" };
    return { kind: "found", found: { row: { ...settled(held), name }, owner: selected, secret } };
  }

  /** The same without reading the value, of any external manager: of a secret that is about to be changed. */
  async adopt(name: string, owner: Owner, operation: Operation): Promise<void> {
    if (owner === this.owners.keeper) return;
    const held = await this.#claimForAdoption(name, owner, operation);
    if (held === undefined) return;
    if (await owner.has(name, operation)) await this.transitions.release(held, operation);
    else await this.table.remove(held, operation);
  }

  /** A row that is held fast: readers read the value meanwhile, and nobody takes the row for another that comes after it. */
  async #claimForAdoption(
    name: string,
    owner: Owner,
    operation: Operation,
  ): Promise<ReferenceExpectation | undefined> {
    const held = underWay({ name, ...ownedBy(owner, name) }, "moving", randomUUID());
    return (await this.table.claim(name, held, operation)) ? held : undefined;
  }

  /** Removes a row whose value is gone, with the copy that is left of it: held fast, so that nobody puts one meanwhile. */
  async #clear(row: Reference, operation: Operation): Promise<void> {
    await sendChange(row.name, operation, this.cache, async () => {
      const owner = await this.transitions.ownerOf(row);
      const held = await this.transitions.hold(row, operation);
      if (held === undefined) return;
      let isGone = false;
      try {
        isGone = !(await owner.has(row.name, operation));
      } finally {
        if (!isGone) await this.transitions.release(held, operation.finishing());
      }
      if (isGone) await this.transitions.delete(held, operation);
    });
  }

  async *#list(range: ListRange, operation: Operation): AsyncGenerator<SecretInfo, void> {
    let last = range.after;
    let left = range.limit;
    try {
      for await (const info of mergedList(this.table, this.owners, range, operation, this.#listsItself)) {
        yield info;
        last = info.name;
        if (left !== undefined) left--;
      }
    } catch (error) {
      if (!this.#listsItself || !mayNotList(error)) throw error;
      this.#listsItself = false;
      this.#warnOfList(operation);
      if (left !== 0) yield* this.#list({ ...range, after: last, limit: left }, operation);
    }
  }

  #warnOfList(operation: Operation): void {
    const { selected, keeper } = this.owners;
    operation.logger.warn(
      { code: "ARCHESTRA_SECRETS_LIST_WITHOUT_PERMISSION", manager: selected.id },
      `${selected.id} does not let this process list. Only the secrets that the table of ${keeper.id} knows are listed and counted; one that it does not know is still found by its name. Grant the permission to list to see all.`,
    );
  }

  /** @returns the names that have to be looked at once more */
  async #getManyFrom(
    manager: string,
    names: readonly string[],
    rows: Awaited<ReturnType<ReferenceTable["readMany"]>>,
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<string[]> {
    const again: string[] = [];
    let owner: Owner;
    const asked: string[] = [];
    try {
      owner = await this.owners.open(manager);
    } catch (error) {
      for (const name of names) results.set(name, this.#failed(name, error, this.owners.keeper));
      return again;
    }
    for (const name of names) {
      const answer = rows.get(name);
      try {
        if (answer?.status === "found") await this.transitions.ownerOf(answer.reference);
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
          const secret = await this.get(name, operation);
          results.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
        } catch (error) {
          operation.signal.throwIfAborted();
          results.set(name, this.#failed(name, error, this.owners.keeper));
        }
      }
    };
    const readers = Math.min(ADOPTIONS_AT_A_TIME, names.length);
    await Promise.all(Array.from({ length: readers }, readNext));
  }

  #result(name: string, read: () => Secret): GetManyResult {
    try {
      return { status: "found", secret: read() };
    } catch (error) {
      return this.#failed(name, error, this.owners.keeper);
    }
  }

  #failed(name: string, error: unknown, { id, backend }: Owner): GetManyResult {
    const call = { operation: "getMany", manager: id, secretName: name };
    return { status: "failed", error: wrapError(error, call, backend) };
  }
}

/** The reasons for which the keeper's own change is not made: what the row says must be looked at. */
function isOfRow(reason: string | undefined): boolean {
  return reason === "OTHER_MANAGER" || reason === "IN_TRANSITION" || reason === "HAS_COPY";
}

/** Whether a secret is there that cannot be read. */
function isDamaged(error: unknown): boolean {
  return isSecretsError(error, "INVALID_VALUE") || isSecretsError(error, "DECRYPTION_FAILED");
}
