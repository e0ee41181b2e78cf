import type { ListRange } from "../backend/backend.ts";
import type { Capabilities } from "../backend/capabilities.ts";
import type { Health } from "../backend/health.ts";
import { printableText } from "../errors/printable-text.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import type { SecretCache } from "../manager/secret-cache.ts";
import type { GetManyResult, SecretStore } from "../manager/secret-store.ts";
import { wrapError } from "../manager/wrap-error.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import { isSecretName } from "../secret/secret-name.ts";
import { ManyLookup } from "./many-lookup.ts";
import { mayNotList, mergedList } from "./merged-list.ts";
import type { Owners } from "./owners.ts";
import type { ReferenceTable } from "./reference-table.ts";
import { RowChanges } from "./row-changes.ts";
import { RowLookup } from "./row-lookup.ts";
import { RowsElsewhere } from "./rows-elsewhere.ts";
import { TransactionStore } from "./transaction-store.ts";
import type { Transitions } from "./transitions.ts";

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
  readonly #lookup: RowLookup;
  readonly #many: ManyLookup;
  readonly #changes: RowChanges;
  #countByManager: Readonly<Record<string, number>> = {};
  #hasWarnedOfList = false;

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
    const { capabilities } = owners.selected.backend;
    // The table lists what a manager cannot.
    this.capabilities = capabilities.list ? capabilities : Object.freeze({ ...capabilities, list: true });
    this.#lookup = new RowLookup(table, owners, transitions);
    this.#many = new ManyLookup(table, owners, transitions, this.#lookup);
    this.#changes = new RowChanges({ table, owners, transitions, lookup: this.#lookup, cache });
  }

  get countByManager(): Readonly<Record<string, number>> {
    return this.#countByManager;
  }

  /** Takes what was counted at the start. */
  set countByManager(counts: Readonly<Record<string, number>>) {
    this.#countByManager = Object.freeze({ ...counts });
  }

  get(name: string, operation: Operation): Promise<Secret | undefined> {
    return this.#lookup.get(name, operation);
  }

  getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<void> {
    return this.#many.getMany(names, results, operation);
  }

  has(name: string, operation: Operation): Promise<boolean> {
    return this.#lookup.has(name, operation);
  }

  create(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    return this.#changes.create(name, value, operation);
  }

  set(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    return this.#changes.set(name, value, operation);
  }

  update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    return this.#changes.update(name, value, ifVersion, operation);
  }

  updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    return this.#changes.updateBy(name, change, ifVersion, operation);
  }

  delete(name: string, ifVersion: SecretVersion | undefined, operation: Operation): Promise<boolean> {
    return this.#changes.delete(name, ifVersion, operation);
  }

  /** Puts a row for what an external manager holds and the table does not know, if it is there still. */
  adopt(name: string, owner: Owner, operation: Operation): Promise<void> {
    return this.#lookup.adopt(name, owner, operation);
  }

  list(range: ListRange, operation: Operation): AsyncIterator<SecretInfo> {
    return this.#list(range, operation);
  }

  inTransaction(transaction: object): SecretStore {
    const { keeper, selected } = this.owners;
    return new TransactionStore(keeper.inTransaction(transaction), selected.id, this.cache?.inTransaction());
  }

  async check({ count }: { readonly count: boolean }, operation: Operation): Promise<Health> {
    const { keeper, selected } = this.owners;
    const holders = new Set([...Object.keys(this.#countByManager), ...this.owners.needed]);
    const others = [...holders].filter((id) => id !== selected.id && id !== keeper.id);
    // Half of the time: one that hangs does not keep the others from telling how they are.
    const timeout = Math.floor(operation.timeLeft / 2);
    const healths = await Promise.all([
      selected.check({ count: false }, operation),
      ...(keeper === selected ? [] : [keeper.check({ count: false }, operation)]),
      ...others.map((manager) => this.#healthOf(manager, timeout, operation)),
    ]);
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
    const elsewhere = new RowsElsewhere();
    this.owners.forgetNeeded();
    for await (const { name, manager } of {
      [Symbol.asyncIterator]: () => this.#list({ prefix: "" }, operation, elsewhere),
    }) {
      operation.assertNotEnded();
      if (!isSecretName(name)) {
        unlistedCount++;
        continue;
      }
      listed++;
      counts[manager] = (counts[manager] ?? 0) + 1;
    }
    this.countByManager = counts;
    const counted = { count: listed, countByManager: this.#countByManager, unlistedCount };
    const { problem } = elsewhere;
    if (problem === undefined) return { status, problems, ...counted };
    return {
      status: status === "healthy" ? "degraded" : status,
      problems: [...problems, problem],
      ...counted,
    };
  }

  /** The state of a manager that holds some of the secrets: without it, the others are served all the same. */
  async #healthOf(manager: string, timeout: number, operation: Operation): Promise<Health> {
    try {
      const { status, problems } = await operation.within(timeout, async (part) =>
        (await this.owners.open(manager)).check({ count: false }, part),
      );
      return { status: status === "healthy" ? status : "degraded", problems };
    } catch (error) {
      operation.signal.throwIfAborted();
      const { code, reason, message } = wrapError(error, { operation: "check", manager });
      const count = this.#countByManager[manager];
      const held = count === undefined ? "secrets" : `${count} of the secrets`;
      const words = `${printableText(manager)}, which holds ${held}, did not answer within ${timeout} ms.`;
      const problem = { code, message: code === "TIMEOUT" ? words : message };
      return { status: "degraded", problems: [reason === undefined ? problem : { ...problem, reason }] };
    }
  }

  async *#list(
    range: ListRange,
    operation: Operation,
    elsewhere?: RowsElsewhere,
  ): AsyncGenerator<SecretInfo, void> {
    let last = range.after;
    let left = range.limit;
    try {
      const listsItself = this.owners.selected.backend.capabilities.list;
      for await (const info of mergedList(this.table, this.owners, range, operation, {
        listsItself,
        elsewhere,
      })) {
        yield info;
        last = info.name;
        if (left !== undefined) left--;
      }
    } catch (error) {
      if (!mayNotList(error)) throw error;
      this.warnOfList(operation);
      const rest = { ...range, after: last, limit: left };
      if (left !== 0) {
        yield* mergedList(this.table, this.owners, rest, operation, { listsItself: false, elsewhere });
      }
    }
  }

  /** Says once that the selected manager does not let this process list. */
  warnOfList(operation: Operation): void {
    if (this.#hasWarnedOfList) return;
    this.#hasWarnedOfList = true;
    const { selected, keeper } = this.owners;
    operation.logger.warn(
      { code: "ARCHESTRA_SECRETS_LIST_WITHOUT_PERMISSION", manager: selected.id },
      `${selected.id} does not let this process list. Only the secrets that the table of ${keeper.id} knows are listed, counted and moved; one that it does not know is still found by its name. Grant the permission to list to see all.`,
    );
  }
}
