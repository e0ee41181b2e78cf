import type { Capabilities, Health, ListRange } from "../backend/backend.ts";
import type { RunningCall } from "../call/running-call.ts";
import { wrapError } from "../call/wrap-error.ts";
import { printableText } from "../errors/printable-text.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import { isSecretName } from "../secret/secret-name.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import type { GetManyResult, SecretStore } from "../store/secret-store.ts";
import { BatchLookup } from "./batch-lookup.ts";
import { Deletion } from "./deletion.ts";
import { EntriesElsewhere } from "./entries-elsewhere.ts";
import { Lookup } from "./lookup.ts";
import type { Managers } from "./managers.ts";
import { mayNotList, mergedList } from "./merged-list.ts";
import { OwnershipTable } from "./ownership-table.ts";
import { Recovery } from "./recovery.ts";
import { Removals } from "./removals.ts";
import { TransactionStore } from "./transaction-store.ts";
import { Writes } from "./writes.ts";

/** What a routing store is opened with. */
export interface RoutingStoreOptions {
  readonly managers: Managers;
  readonly cache: SecretCache | undefined;
  readonly recoveryAge: number;
}

/**
 * The secrets of several managers, with a table that says which of them owns which. Calls follow the row; new secrets go to
 * the selected manager. Where there is no row, the selected external manager is asked, and what it has is adopted.
 */
export class RoutingStore implements SecretStore {
  readonly capabilities: Capabilities;
  readonly managers: Managers;
  readonly table: OwnershipTable;
  readonly recovery: Recovery;
  readonly cache: SecretCache | undefined;
  readonly #lookup: Lookup;
  readonly #batchLookup: BatchLookup;
  readonly #writes: Writes;
  readonly #removals: Removals;
  #countByManager: Readonly<Record<string, number>> = {};
  #hasWarnedOfList = false;

  constructor({ managers, cache, recoveryAge }: RoutingStoreOptions) {
    const table = new OwnershipTable(managers.tableManager);
    const deletion = new Deletion(table, managers);
    const recovery = new Recovery(table, managers, deletion, recoveryAge);
    const lookup = new Lookup(table, managers, recovery);
    const removals = new Removals({ table, managers, lookup, deletion, cache });
    this.managers = managers;
    this.table = table;
    this.recovery = recovery;
    this.cache = cache;
    const { capabilities } = managers.selected.backend;
    // The table lists what a manager cannot.
    this.capabilities = capabilities.list ? capabilities : Object.freeze({ ...capabilities, list: true });
    this.#lookup = lookup;
    this.#batchLookup = new BatchLookup(table, managers, lookup);
    this.#writes = new Writes({ table, managers, recovery, lookup, removals, cache });
    this.#removals = removals;
  }

  get countByManager(): Readonly<Record<string, number>> {
    return this.#countByManager;
  }

  /** Takes what was counted at the start. */
  set countByManager(counts: Readonly<Record<string, number>>) {
    this.#countByManager = Object.freeze({ ...counts });
  }

  get(name: string, call: RunningCall): Promise<Secret | undefined> {
    return this.#lookup.get(name, call);
  }

  getMany(names: readonly string[], results: Map<string, GetManyResult>, call: RunningCall): Promise<void> {
    return this.#batchLookup.getMany(names, results, call);
  }

  has(name: string, call: RunningCall): Promise<boolean> {
    return this.#lookup.has(name, call);
  }

  create(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo> {
    return this.#writes.create(name, value, call);
  }

  set(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo> {
    return this.#writes.set(name, value, call);
  }

  update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    return this.#writes.update(name, value, ifVersion, call);
  }

  updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    return this.#writes.updateBy(name, change, ifVersion, call);
  }

  delete(name: string, ifVersion: SecretVersion | undefined, call: RunningCall): Promise<boolean> {
    return this.#removals.delete(name, ifVersion, call);
  }

  /** Puts a row for what an external manager holds and the table does not know, if it is there still. */
  adopt(name: string, owner: BackendHandle, call: RunningCall): Promise<void> {
    return this.#lookup.adopt(name, owner, call);
  }

  list(range: ListRange, call: RunningCall): AsyncIterator<SecretInfo> {
    return this.#list(range, call);
  }

  inTransaction(transaction: object): SecretStore {
    const { tableManager, selected } = this.managers;
    return new TransactionStore(
      tableManager.inTransaction(transaction),
      selected.id,
      this.cache?.inTransaction(),
    );
  }

  async check({ count }: { readonly count: boolean }, call: RunningCall): Promise<Health> {
    const { tableManager, selected } = this.managers;
    const holders = new Set([...Object.keys(this.#countByManager), ...this.managers.needed]);
    const others = [...holders].filter((id) => id !== selected.id && id !== tableManager.id);
    // Half of the time: one that hangs does not keep the others from telling how they are.
    const timeout = Math.floor(call.timeLeft / 2);
    const healths = await Promise.all([
      selected.check({ count: false }, call),
      ...(tableManager === selected ? [] : [tableManager.check({ count: false }, call)]),
      ...others.map((manager) => this.#healthOf(manager, timeout, call)),
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
    const elsewhere = new EntriesElsewhere();
    this.managers.forgetNeeded();
    for await (const { name, manager } of {
      [Symbol.asyncIterator]: () => this.#list({ prefix: "" }, call, elsewhere),
    }) {
      call.assertNotEnded();
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
  async #healthOf(manager: string, timeout: number, call: RunningCall): Promise<Health> {
    try {
      const { status, problems } = await call.within(timeout, async (part) =>
        (await this.managers.open(manager)).check({ count: false }, part),
      );
      return { status: status === "healthy" ? status : "degraded", problems };
    } catch (error) {
      call.signal.throwIfAborted();
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
    call: RunningCall,
    elsewhere?: EntriesElsewhere,
  ): AsyncGenerator<SecretInfo, void> {
    let last = range.after;
    let left = range.limit;
    try {
      const listsItself = this.managers.selected.backend.capabilities.list;
      for await (const info of mergedList(this.table, this.managers, range, call, {
        listsItself,
        elsewhere,
      })) {
        yield info;
        last = info.name;
        if (left !== undefined) left--;
      }
    } catch (error) {
      if (!mayNotList(error)) throw error;
      this.warnOfList(call);
      const rest = { ...range, after: last, limit: left };
      if (left !== 0) {
        yield* mergedList(this.table, this.managers, rest, call, { listsItself: false, elsewhere });
      }
    }
  }

  /** Says once that the selected manager does not let this process list. */
  warnOfList(call: RunningCall): void {
    if (this.#hasWarnedOfList) return;
    this.#hasWarnedOfList = true;
    const { selected, tableManager } = this.managers;
    call.logger.warn(
      { code: "ARCHESTRA_SECRETS_LIST_WITHOUT_PERMISSION", manager: selected.id },
      `${selected.id} does not let this process list. Only the secrets that the table of ${tableManager.id} knows are listed, counted and moved; one that it does not know is still found by its name. Grant the permission to list to see all.`,
    );
  }
}
