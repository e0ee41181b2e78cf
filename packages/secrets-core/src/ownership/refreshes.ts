import type { CallContext } from "../backend/backend.ts";
import type { ExpectedEntry, OwnershipEntry } from "../backend/ownership-store.ts";
import type { RunningCall } from "../call/running-call.ts";
import { refreshFailedElsewhere, refreshOvertaken, unstoredValue } from "../errors/failed-refresh.ts";
import { secretNotFound } from "../errors/unmet-expectation.ts";
import { RedactedSecret } from "../secret/redacted-secret.ts";
import { isSameValue } from "../secret/same-value.ts";
import type { Secret, SecretValue } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import { type RefreshRequest, type RefreshResult, storeObtained } from "../store/refresh.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import { fence } from "./fence.ts";
import { LeaseRenewal, leaseOf } from "./lease.ts";
import type { FoundSecret, Lookup } from "./lookup.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";
import type { Recovery } from "./recovery.ts";

/** If an entry cannot be released in this time, it is stale when its lease ends. */
const RELEASE_MILLISECONDS = 2_000;

/** An attempt of another process that a call waits for. */
interface Awaited {
  readonly entry: OwnershipEntry;
  /** The secret as it was read after the entry was first seen. */
  readonly secret: Secret | undefined;
  /** Whether the entry was seen afterwards, too, so that the attempt had not ended when the secret was read. */
  readonly isBefore: boolean;
  /** When the entry was last seen, as `performance.now()` returns it. */
  readonly seenAt: number;
}

/**
 * Obtains new values of secrets, one caller at a time among all processes that share the table. The entry is in the state
 * `refreshing` under a lease, so that writers wait. Readers read the present value. The new value is written only while the
 * entry is still as this call left it.
 */
export class Refreshes {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;
  readonly #recovery: Recovery;
  readonly #lookup: Lookup;
  readonly #cache: SecretCache | undefined;

  constructor(
    table: OwnershipTable,
    managers: Managers,
    recovery: Recovery,
    lookup: Lookup,
    cache: SecretCache | undefined,
  ) {
    this.#table = table;
    this.#managers = managers;
    this.#recovery = recovery;
    this.#lookup = lookup;
    this.#cache = cache;
  }

  async refresh(name: string, request: RefreshRequest, call: RunningCall): Promise<RefreshResult> {
    const startedAt = performance.now();
    let awaited: Awaited | undefined;
    for (;;) {
      call.signal.throwIfAborted();
      request.deciding();
      const entry = await this.#table.find(name, call);
      if (entry?.state === "refreshing" && !this.#recovery.isStale(entry)) {
        const isBefore = awaited?.entry.transitionId === entry.transitionId;
        const secret = isBefore ? awaited?.secret : await this.#lookup.get(name, call);
        awaited = { entry, secret, isBefore, seenAt: performance.now() };
        await this.#recovery.waitOrRecover(entry, startedAt, call);
        continue;
      }
      const found = await this.#find(name, entry, call);
      if (found === undefined) throw secretNotFound();
      if (await request.isFresh(found.secret)) {
        return { secret: found.secret, outcome: "waited" };
      }
      if (awaited?.isBefore && awaited.secret !== undefined && entry?.state === "active") {
        if (!isSameValue(awaited.secret.value, found.secret.value)) {
          return { secret: found.secret, outcome: "waited" };
        }
        if (hasFailed(awaited)) {
          request.failed(found.secret);
          throw refreshFailedElsewhere();
        }
      }
      // Other processes would take a lock for an attempt.
      request.assertMayTry(found.secret);
      const result = await this.#attempt(found, request, call);
      if (result !== undefined) return result;
    }
  }

  /** @param entry as it was just read: `refreshing` when its lease has ended, and the fastest caller continues */
  async #find(
    name: string,
    entry: OwnershipEntry | undefined,
    call: RunningCall,
  ): Promise<FoundSecret | undefined> {
    if (entry?.state !== "refreshing") return this.#lookup.findSecret(name, call);
    const secret = await this.#lookup.get(name, call);
    return secret && { entry, owner: await this.#managers.ownerOf(entry), secret };
  }

  /** Undefined: another process changed the entry first. */
  async #attempt(
    { entry, owner }: FoundSecret,
    request: RefreshRequest,
    call: RunningCall,
  ): Promise<RefreshResult | undefined> {
    const refreshing = await this.#table.startRefresh(entry, request.lease, call);
    if (refreshing === undefined) return undefined;
    const renewal = new LeaseRenewal(request.lease, call, (timeout) =>
      this.#table.renewRefresh(refreshing, contextFor(timeout, call)),
    );
    try {
      return await call.change(entry.name, undefined, () =>
        this.#replace(refreshing, owner, request, renewal.lost, call),
      );
    } finally {
      renewal.end();
    }
  }

  /** Obtains and stores a new value under the lease. */
  async #replace(
    refreshing: ExpectedEntry,
    owner: BackendHandle,
    request: RefreshRequest,
    lost: AbortSignal,
    call: RunningCall,
  ): Promise<RefreshResult> {
    const release = () =>
      this.#table.activate(refreshing, contextFor(RELEASE_MILLISECONDS, call)).catch(() => false);
    let present: Secret | undefined;
    try {
      request.deciding();
      // It may have been changed before the entry was.
      present = await this.#fence(refreshing, owner, call);
      if (present === undefined) throw secretNotFound();
      const secret = present;
      if (await request.isFresh(secret)) {
        await release();
        return { secret, outcome: "waited" };
      }
      owner.asked(call);
      const value = await request.obtain(secret, AbortSignal.any([call.signal, lost]));
      request.deciding();
      const stored = await storeObtained(secret, value, call, (context) =>
        this.#table.isKeptBy(owner)
          ? this.#storeInRow(refreshing, value, context)
          : this.#storeAtOwner(refreshing, owner, secret, value, context),
      );
      return { secret: stored, outcome: "refreshed" };
    } catch (error) {
      const released = release();
      if (present === undefined || unstoredValue(error) === undefined) await released;
      // The caller needs the value, and stores it with `set`, for which the entry must be free.
      else request.failed(present, error);
      throw error;
    }
  }

  /** The latest value, which no other call changes from here on. */
  async #fence(
    { name }: ExpectedEntry,
    owner: BackendHandle,
    call: RunningCall,
  ): Promise<Secret | undefined> {
    const { secret, version } = await fence(name, owner, this.#table, call);
    if (secret === undefined || version === undefined || this.#table.isKeptBy(owner)) return secret;
    return new RedactedSecret({ ...secret, version: `${owner.id}:${version}` }, secret.value);
  }

  /** One statement stores the value and ends the transition. */
  async #storeInRow(refreshing: ExpectedEntry, value: SecretValue, context: CallContext): Promise<Secret> {
    const { name } = refreshing;
    const { tableManager } = this.#managers;
    const store = () => this.#table.storeRefreshed(refreshing, value, context);
    const isStored = await (this.#cache === undefined ? store() : this.#cache.write(name, store));
    const read = async () => {
      const stored = (await this.#table.read(name, context))?.secret;
      return stored && tableManager.secret(name, stored);
    };
    // What is stored is not reported as lost because it could not be read.
    const now = isStored ? await read().catch(() => undefined) : await read();
    if (now !== undefined && isSameValue(value, now.value)) return now;
    // Another process may have replaced it since, and its version is unknown then.
    if (isStored) return new RedactedSecret({ name, manager: tableManager.id }, value);
    throw refreshOvertaken();
  }

  async #storeAtOwner(
    refreshing: ExpectedEntry,
    owner: BackendHandle,
    present: Secret,
    value: SecretValue,
    context: CallContext,
  ): Promise<Secret> {
    if (!owner.conditionalWrites) await this.#assertHeld(refreshing, context);
    const stored = await owner.replaceRefreshed(present, value, this.#cache, context);
    // If this fails, the entry becomes active when the lease ends, and readers read the new value until then.
    await this.#table.activate(refreshing, context).catch(() => false);
    return stored;
  }

  /** The owner has no conditional writes, so only the entry shows whether this call may still write. */
  async #assertHeld(refreshing: ExpectedEntry, context: CallContext): Promise<void> {
    if (!(await this.#table.renewRefresh(refreshing, context))) throw refreshOvertaken();
  }
}

function contextFor(milliseconds: number, { logger }: CallContext): CallContext {
  const deadline = Date.now() + milliseconds;
  return { signal: AbortSignal.timeout(milliseconds), deadline, reserve: 0, logger };
}

/** A holder that died leaves the entry until its lease ends. One that failed ends it earlier. */
function hasFailed({ entry, seenAt }: Awaited): boolean {
  const age = (entry.transitionAge ?? 0) + performance.now() - seenAt;
  return age < (leaseOf(entry) ?? 0);
}
