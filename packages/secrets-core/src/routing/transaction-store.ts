import type { ListRange } from "../backend/backend.ts";
import type { Health } from "../backend/health.ts";
import type { FoundReference, Reference } from "../backend/reference-store.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import {
  changedOutside,
  createdOutside,
  listedOutside,
  noTransactions,
  ownedOutside,
  unknownInTransaction,
} from "../errors/transaction-refusals.ts";
import { secretChanged, secretNotFound } from "../errors/unmet-expectation.ts";
import { backoff } from "../manager/backoff.ts";
import { nextValue } from "../manager/caller-code.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import type { GetManyResult, SecretStore } from "../manager/secret-store.ts";
import { type ChangeObserver, sendChange } from "../manager/send-change.ts";
import { wrapError } from "../manager/wrap-error.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import { mergedList } from "./merged-list.ts";
import { Owners } from "./owners.ts";
import { ReferenceTable } from "./reference-table.ts";
import { isReadable } from "./row.ts";

/**
 * The secrets of the manager that keeps the table of owners, in a transaction of the application. Rows are read in the same
 * transaction. Whatever needs another manager is refused: no secret is adopted, and no unfinished change is completed.
 */
export class TransactionStore implements SecretStore {
  readonly capabilities;
  readonly #keeper: Owner;
  readonly #table: ReferenceTable;
  readonly #selected: string;
  readonly #observer: ChangeObserver | undefined;

  /**
   * @param keeper its backend runs in the transaction
   * @param selected the id of the manager that keeps new secrets
   */
  constructor(keeper: Owner, selected: string, observer: ChangeObserver | undefined) {
    this.capabilities = keeper.backend.capabilities;
    this.#keeper = keeper;
    this.#table = new ReferenceTable(keeper);
    this.#selected = selected;
    this.#observer = observer;
  }

  async get(name: string, operation: Operation): Promise<Secret | undefined> {
    return this.#secretOf(name, await this.#table.read(name, operation));
  }

  async getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<void> {
    const answers = await this.#table.readMany(names, operation);
    for (const name of names) {
      try {
        const answer = answers.get(name);
        if (answer?.status === "failed") throw answer.error;
        const row = answer?.status === "found" ? answer.reference : undefined;
        const secret = this.#secretOf(name, row);
        results.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
      } catch (error) {
        const call = { operation: "getMany", manager: this.#keeper.id, secretName: name };
        results.set(name, { status: "failed", error: wrapError(error, call, this.#keeper.backend) });
      }
    }
  }

  async has(name: string, operation: Operation): Promise<boolean> {
    const row = await this.#table.find(name, operation);
    if (row !== undefined && isReadable(row) && this.#isKept(row)) return true;
    this.#assertAbsent(row);
    return false;
  }

  async create(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    if (!this.#isSelected) throw createdOutside(this.#selected);
    const write = () => this.#keeper.write(name, value, "absent", operation);
    // ALREADY_EXISTS is an answer, whichever manager holds the secret.
    return sendChange(name, operation, this.#observer, write);
  }

  async set(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    if (this.#isSelected) return this.#write(name, value, "any", operation);
    try {
      return await this.#write(name, value, "present", operation);
    } catch (error) {
      throw isSecretsError(error, "NOT_FOUND") ? createdOutside(this.#selected) : error;
    }
  }

  async update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    const expect = ifVersion === undefined ? "present" : this.#keeper.expectation(ifVersion);
    if (expect === undefined) throw (await this.has(name, operation)) ? secretChanged() : secretNotFound();
    try {
      return await this.#write(name, value, expect, operation);
    } catch (error) {
      if (isSecretsError(error, "NOT_FOUND") && !this.#isSelected) throw unknownInTransaction(this.#selected);
      throw error;
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
      const row = await this.#table.read(name, operation);
      const secret = this.#secretOf(name, row);
      if (row === undefined || secret === undefined) throw secretNotFound();
      if (row.state !== "active") throw changedOutside(row.state);
      if (ifVersion !== undefined && secret.version !== ifVersion) throw secretChanged();
      const next = await nextValue(change, secret.value);
      const expect = secret.version === undefined ? undefined : this.#keeper.expectation(secret.version);
      try {
        return await this.#write(name, next, expect ?? "present", operation);
      } catch (error) {
        // One with a reason is not about the version.
        const isOvertaken = isSecretsError(error, "CONFLICT") && error.reason === undefined;
        if (ifVersion !== undefined || !(isOvertaken || isSecretsError(error, "NOT_FOUND"))) throw error;
        await backoff(attempt, operation.signal);
      }
    }
  }

  async delete(name: string, ifVersion: SecretVersion | undefined, operation: Operation): Promise<boolean> {
    const expect = ifVersion === undefined ? "any" : this.#keeper.expectation(ifVersion);
    if (expect === undefined) {
      if (await this.has(name, operation)) throw secretChanged();
      return false;
    }
    for (let attempt = 0; ; attempt++) {
      const remove = () => this.#keeper.delete(name, expect, operation);
      if (await this.#change(name, operation, remove)) return true;
      const row = await this.#table.find(name, operation);
      if (row === undefined || !this.#isKept(row)) {
        this.#assertAbsent(row);
        return false;
      }
      // Created between the two statements.
      await backoff(attempt, operation.signal);
    }
  }

  list(range: ListRange, operation: Operation): AsyncIterator<SecretInfo> {
    return this.#list(range, operation);
  }

  check(options: { readonly count: boolean }, operation: Operation): Promise<Health> {
    return this.#keeper.check(options, operation);
  }

  inTransaction(): SecretStore {
    throw noTransactions(this.#keeper.id);
  }

  get #isSelected(): boolean {
    return this.#selected === this.#keeper.id;
  }

  #isKept({ manager }: Reference): boolean {
    return manager === this.#keeper.id;
  }

  async *#list(range: ListRange, operation: Operation): AsyncGenerator<SecretInfo, void> {
    if (!this.#isSelected) throw listedOutside(this.#selected);
    // What other managers own is listed by its row alone, so none of them is opened.
    const owners = new Owners(this.#keeper, this.#keeper, {
      idOf: () => undefined,
      open: async (manager) => {
        throw ownedOutside(manager);
      },
      assertKeeperConfigured: () => {},
    });
    yield* mergedList(this.#table, owners, range, operation, { listsItself: false });
  }

  #secretOf(name: string, row: FoundReference | undefined): Secret | undefined {
    if (row?.secret !== undefined) return this.#keeper.secret(name, row.secret);
    this.#assertAbsent(row);
    return undefined;
  }

  /** Refuses where only another manager knows whether there is a secret. */
  #assertAbsent(row: Reference | undefined): void {
    if (row === undefined) {
      if (!this.#isSelected) throw unknownInTransaction(this.#selected);
    } else if (!this.#isKept(row) && row.state !== "deleting") {
      throw ownedOutside(row.manager);
    }
  }

  #write(
    name: string,
    value: SecretValue,
    expect: "absent" | "present" | "any" | { readonly version: SecretVersion },
    operation: Operation,
  ): Promise<SecretInfo> {
    return this.#change(name, operation, () => this.#keeper.write(name, value, expect, operation));
  }

  async #change<Result>(name: string, operation: Operation, change: () => Promise<Result>): Promise<Result> {
    try {
      return await sendChange(name, operation, this.#observer, change);
    } catch (error) {
      const reason = isSecretsError(error) ? error.reason : undefined;
      if (reason === "IN_TRANSITION") throw changedOutside();
      if (reason !== "HAS_COPY" && reason !== "OTHER_MANAGER") throw error;
      const row = await this.#table.find(name, operation);
      const holder = reason === "HAS_COPY" ? row?.copy?.manager : row?.manager;
      throw holder === undefined ? changedOutside() : ownedOutside(holder);
    }
  }
}
