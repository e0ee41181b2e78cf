import type { Capabilities, Health, ListRange } from "../backend/backend.ts";
import type { RunningCall } from "../call/running-call.ts";
import { wrapError } from "../call/wrap-error.ts";
import { printableText } from "../errors/printable-text.ts";
import type { SecretInfo, SecretRevision } from "../secret/secret.ts";
import { isSecretName } from "../secret/secret-name.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { BatchLookup } from "./batch-lookup.ts";
import { Deletion } from "./deletion.ts";
import { EntriesElsewhere } from "./entries-elsewhere.ts";
import { Lookup } from "./lookup.ts";
import type { Managers } from "./managers.ts";
import { mayNotList, mergedList } from "./merged-list.ts";
import { OwnershipTable } from "./ownership-table.ts";
import { Recovery } from "./recovery.ts";
import { Refreshes } from "./refreshes.ts";
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
 * The secrets of several managers, with a table that records the owner of each. Calls follow the entry; new secrets are
 * stored at the selected manager. A name without an entry is looked up at the selected external manager, and its value is
 * adopted.
 */
export class RoutingStore implements SecretStore {
  readonly capabilities: Capabilities;
  readonly managers: Managers;
  readonly table: OwnershipTable;
  readonly recovery: Recovery;
  readonly cache: SecretCache | undefined;
  readonly get: SecretStore["get"];
  readonly getMany: SecretStore["getMany"];
  readonly has: SecretStore["has"];
  readonly create: SecretStore["create"];
  readonly set: SecretStore["set"];
  readonly update: SecretStore["update"];
  readonly updateBy: SecretStore["updateBy"];
  readonly refresh: SecretStore["refresh"];
  readonly delete: SecretStore["delete"];
  /** Inserts an entry for a secret of an external manager that the table does not know. */
  readonly adopt: Lookup["adopt"];
  #countByManager: Readonly<Record<string, number>> = {};
  #hasWarnedOfList = false;

  constructor({ managers, cache, recoveryAge }: RoutingStoreOptions) {
    const table = new OwnershipTable(managers.tableManager);
    const deletion = new Deletion(table, managers);
    const recovery = new Recovery(table, managers, deletion, recoveryAge);
    const lookup = new Lookup(table, managers, recovery);
    const removals = new Removals(table, managers, lookup, deletion, cache);
    this.managers = managers;
    this.table = table;
    this.recovery = recovery;
    this.cache = cache;
    const { capabilities } = managers.selected.backend;
    // The table lists what a manager cannot.
    this.capabilities = capabilities.list ? capabilities : Object.freeze({ ...capabilities, list: true });
    const batchLookup = new BatchLookup(table, managers, lookup);
    const writes = new Writes(table, managers, recovery, lookup, removals, cache);
    this.get = lookup.get.bind(lookup);
    this.getMany = batchLookup.getMany.bind(batchLookup);
    this.has = lookup.has.bind(lookup);
    this.create = writes.create.bind(writes);
    this.set = writes.set.bind(writes);
    this.update = writes.update.bind(writes);
    this.updateBy = writes.updateBy.bind(writes);
    const refreshes = new Refreshes(table, managers, recovery, lookup, cache);
    this.refresh = refreshes.refresh.bind(refreshes);
    this.delete = removals.delete.bind(removals);
    this.adopt = lookup.adopt.bind(lookup);
  }

  get countByManager(): Readonly<Record<string, number>> {
    return this.#countByManager;
  }

  /** Takes the counts of the start. */
  set countByManager(counts: Readonly<Record<string, number>>) {
    this.#countByManager = Object.freeze({ ...counts });
  }

  /** @param elsewhere counts the entries whose path differs from the one that results from the settings */
  async *list(
    range: ListRange,
    call: RunningCall,
    elsewhere?: EntriesElsewhere,
  ): AsyncGenerator<SecretInfo, void> {
    let last = range.after;
    let left = range.limit;
    try {
      const { selected, tableManager } = this.managers;
      const canList = selected !== tableManager && selected.backend.capabilities.list;
      const listing = canList ? selected : undefined;
      for await (const info of mergedList(this.table, this.managers, listing, range, call, elsewhere)) {
        yield info;
        last = info.name;
        if (left !== undefined) left--;
      }
    } catch (error) {
      if (!mayNotList(error)) throw error;
      this.warnOfList(call);
      const rest = { ...range, after: last, limit: left };
      if (left !== 0) yield* mergedList(this.table, this.managers, undefined, rest, call, elsewhere);
    }
  }

  /** Adopts nothing: the record of a deleted secret is no secret. */
  async history(name: string, call: RunningCall): Promise<readonly SecretRevision[]> {
    const entry = await this.table.find(name, call);
    const owner = entry === undefined ? this.managers.selected : await this.managers.ownerOf(entry);
    return owner.history(name, call);
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
    const counted = count ? await this.#count(call) : undefined;
    if (counted !== undefined) healths.push(counted);
    const status = (["unavailable", "degraded"] as const).find((one) =>
      healths.some((health) => health.status === one),
    );
    const problems = healths.flatMap((health) => health.problems);
    return { ...counted, status: status ?? "healthy", problems };
  }

  /** Counts the secrets of each manager. Entries with another path than the settings give are a problem. */
  async #count(call: RunningCall): Promise<Health> {
    const counts: Record<string, number> = {};
    let listed = 0;
    let unlistedCount = 0;
    const elsewhere = new EntriesElsewhere(this.managers);
    this.managers.needed.clear();
    for await (const { name, manager } of this.list({ prefix: "" }, call, elsewhere)) {
      call.assertNotEnded();
      if (!isSecretName(name)) {
        unlistedCount++;
        continue;
      }
      listed++;
      counts[manager] = (counts[manager] ?? 0) + 1;
    }
    this.countByManager = counts;
    const problems = elsewhere.problem === undefined ? [] : [elsewhere.problem];
    const status = problems.length === 0 ? "healthy" : "degraded";
    return { status, problems, count: listed, countByManager: this.#countByManager, unlistedCount };
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
      const affected = count === undefined ? "secrets" : `${count} of the secrets`;
      const timeoutMessage = `${printableText(manager)}, which owns ${affected}, did not respond within ${timeout} ms.`;
      const problem = { code, message: code === "TIMEOUT" ? timeoutMessage : message };
      return { status: "degraded", problems: [reason === undefined ? problem : { ...problem, reason }] };
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
