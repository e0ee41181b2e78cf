import type { Expectation, Health, ListRange } from "../backend/backend.ts";
import type { FoundEntry, OwnershipEntry } from "../backend/ownership-store.ts";
import { retry } from "../call/retry.ts";
import type { ChangeObserver, RunningCall } from "../call/running-call.ts";
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
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import { failedRead, type GetManyResult, type SecretStore } from "../store/secret-store.ts";
import { updateBy } from "../store/update-by.ts";
import { mergedList } from "./merged-list.ts";
import { OwnershipTable } from "./ownership-table.ts";
import { isPresent } from "./states.ts";

/**
 * The secrets of the manager that keeps the ownership table, in a transaction of the application. Entries are read in the same
 * transaction. Whatever needs another manager is refused: no secret is adopted, and no unfinished change is completed.
 */
export class TransactionStore implements SecretStore {
  readonly capabilities;
  readonly #tableManager: BackendHandle;
  readonly #table: OwnershipTable;
  readonly #selected: string;
  readonly #observer: ChangeObserver | undefined;

  /**
   * @param tableManager its backend runs in the transaction
   * @param selected the id of the manager that keeps new secrets
   */
  constructor(tableManager: BackendHandle, selected: string, observer: ChangeObserver | undefined) {
    this.capabilities = tableManager.backend.capabilities;
    this.#tableManager = tableManager;
    this.#table = new OwnershipTable(tableManager);
    this.#selected = selected;
    this.#observer = observer;
  }

  async get(name: string, call: RunningCall): Promise<Secret | undefined> {
    return this.#secretOf(name, await this.#table.read(name, call));
  }

  async getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    call: RunningCall,
  ): Promise<void> {
    const answers = await this.#table.readMany(names, call);
    for (const name of names) {
      try {
        const answer = answers.get(name);
        if (answer?.status === "failed") throw answer.error;
        const entry = answer?.status === "found" ? answer.entry : undefined;
        const secret = this.#secretOf(name, entry);
        results.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
      } catch (error) {
        results.set(name, failedRead(name, error, this.#tableManager));
      }
    }
  }

  async has(name: string, call: RunningCall): Promise<boolean> {
    const entry = await this.#table.find(name, call);
    if (entry !== undefined && isPresent(entry.state) && this.#isKept(entry)) return true;
    this.#assertAbsent(entry);
    return false;
  }

  async create(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo> {
    if (!this.#isSelected) throw createdOutside(this.#selected);
    const write = () => this.#tableManager.write(name, value, "absent", call);
    // ALREADY_EXISTS is an answer, whichever manager holds the secret.
    return call.change(name, this.#observer, write);
  }

  async set(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo> {
    if (this.#isSelected) return this.#write(name, value, "any", call);
    try {
      return await this.#write(name, value, "present", call);
    } catch (error) {
      throw isSecretsError(error, "NOT_FOUND") ? createdOutside(this.#selected) : error;
    }
  }

  async update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    const expect = ifVersion === undefined ? "present" : this.#tableManager.expectation(ifVersion);
    if (expect === undefined) throw (await this.has(name, call)) ? secretChanged() : secretNotFound();
    try {
      return await this.#write(name, value, expect, call);
    } catch (error) {
      if (isSecretsError(error, "NOT_FOUND") && !this.#isSelected) throw unknownInTransaction(this.#selected);
      throw error;
    }
  }

  async updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    const read = async () => {
      const entry = await this.#table.read(name, call);
      const secret = this.#secretOf(name, entry);
      if (entry === undefined || secret === undefined) return undefined;
      if (entry.state !== "active") throw changedOutside(entry.state);
      return { owner: this.#tableManager, secret };
    };
    return updateBy(change, ifVersion, call, read, ({ owner, secret }, next) =>
      this.#write(name, next, owner.unchanged(secret), call),
    );
  }

  async refresh(): Promise<never> {
    throw noTransactions(this.#tableManager.id);
  }

  async delete(name: string, ifVersion: SecretVersion | undefined, call: RunningCall): Promise<boolean> {
    const expect = ifVersion === undefined ? "any" : this.#tableManager.expectation(ifVersion);
    if (expect === undefined) {
      if (await this.has(name, call)) throw secretChanged();
      return false;
    }
    return retry(call, async () => {
      const remove = () => this.#tableManager.delete(name, expect, call);
      if (await this.#change(name, call, remove)) return true;
      const entry = await this.#table.find(name, call);
      // Created between the two statements.
      if (entry !== undefined && this.#isKept(entry)) return undefined;
      this.#assertAbsent(entry);
      return false;
    });
  }

  async *list(range: ListRange, call: RunningCall): AsyncGenerator<SecretInfo, void> {
    if (!this.#isSelected) throw listedOutside(this.#selected);
    // Secrets of other managers are listed by their entries alone.
    const managers = { selected: this.#tableManager, tableManager: this.#tableManager };
    yield* mergedList(this.#table, managers, undefined, range, call);
  }

  check(options: { readonly count: boolean }, call: RunningCall): Promise<Health> {
    return this.#tableManager.check(options, call);
  }

  inTransaction(): SecretStore {
    throw noTransactions(this.#tableManager.id);
  }

  get #isSelected(): boolean {
    return this.#selected === this.#tableManager.id;
  }

  #isKept({ manager }: OwnershipEntry): boolean {
    return manager === this.#tableManager.id;
  }

  #secretOf(name: string, entry: FoundEntry | undefined): Secret | undefined {
    if (entry?.secret !== undefined) return this.#tableManager.secret(name, entry.secret);
    this.#assertAbsent(entry);
    return undefined;
  }

  /** Refuses where only another manager knows whether there is a secret. */
  #assertAbsent(entry: OwnershipEntry | undefined): void {
    if (entry === undefined) {
      if (!this.#isSelected) throw unknownInTransaction(this.#selected);
    } else if (!this.#isKept(entry) && entry.state !== "deleting") {
      throw ownedOutside(entry.manager);
    }
  }

  #write(name: string, value: SecretValue, expect: Expectation, call: RunningCall): Promise<SecretInfo> {
    return this.#change(name, call, () => this.#tableManager.write(name, value, expect, call));
  }

  async #change<Result>(name: string, call: RunningCall, change: () => Promise<Result>): Promise<Result> {
    try {
      return await call.change(name, this.#observer, change);
    } catch (error) {
      const reason = isSecretsError(error) ? error.reason : undefined;
      if (reason === "IN_TRANSITION") throw changedOutside();
      if (reason !== "HAS_COPY" && reason !== "OTHER_MANAGER") throw error;
      const entry = await this.#table.find(name, call);
      const holder = reason === "HAS_COPY" ? entry?.copy?.manager : entry?.manager;
      throw holder === undefined ? changedOutside() : ownedOutside(holder);
    }
  }
}
