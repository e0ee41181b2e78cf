import { setTimeout as sleep } from "node:timers/promises";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import { assertInteger, assertOptions } from "../call/arguments.ts";
import type { CallDescription, CallRunner } from "../call/call-runner.ts";
import { moveEvents } from "../call/events.ts";
import { inParallel } from "../call/in-parallel.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isDamagedSecret } from "../errors/damaged-secret.ts";
import type { SecretsErrorCode } from "../errors/error-codes.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { movedOutside } from "../errors/transaction-refusals.ts";
import { secretInTransition } from "../errors/unmet-expectation.ts";
import { internalsOf, OpenedSecretsManager } from "../manager/opened-secrets-manager.ts";
import { isInTransaction } from "../manager/secrets-in-transaction.ts";
import type { SecretsManager } from "../manager/secrets-manager.ts";
import { type MergedEntry, mayNotList, mergedEntries } from "../ownership/merged-list.ts";
import { type MoveOutcome, Moves } from "../ownership/moves.ts";
import { RoutingStore } from "../ownership/routing-store.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { BulkOptions, BulkProgress, BulkReport, FailedSecret } from "./bulk-report.ts";
import { RateLimiter } from "./rate-limiter.ts";

/**
 * Processes one secret. `changed`: its entry is no longer as it was read, so the secret is processed again.
 *
 * @throws SecretsError CONFLICT, reason IN_TRANSITION, when another process is changing it: it is processed again at the end
 */
export type ProcessEntry = (
  name: string,
  entry: OwnershipEntry | undefined,
  running: RunningCall,
) => Promise<MoveOutcome>;

const DEFAULT_CONCURRENCY = 16;
const MAXIMUM_FAILURES = 1_000;
const PAUSE_MILLISECONDS = 250;

const CODES_OF_ONE_SECRET: ReadonlySet<SecretsErrorCode> = new Set([
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "CONFLICT",
  "INVALID_ARGUMENT",
]);
const REASONS_OF_ONE_SECRET: ReadonlySet<string> = new Set([
  "PATH_MISMATCH",
  "OWNER_MISMATCH",
  "COPY_AT_OWNER",
]);

/** An external manager whose list is processed too. Without `mustList`, it may lack the permission to list. */
interface BulkListing {
  readonly owner: BackendHandle;
  readonly mustList: boolean;
}

/** The parts of a manager that a migration uses. */
export interface Migration {
  readonly store: RoutingStore;
  readonly runner: CallRunner;
  readonly moves: Moves;
}

/**
 * @throws TypeError when it is not a manager of this copy of the package
 * @throws SecretsError UNSUPPORTED when no installed plugin keeps an ownership table, and for calls in a transaction
 */
export function openMigration(manager: SecretsManager, call: string): Migration {
  if (isInTransaction(manager)) throw movedOutside(call);
  if (!(manager instanceof OpenedSecretsManager)) {
    throw new TypeError(
      `${call} takes a manager that \`createSecretsManager\` of the same copy of the package returned.`,
    );
  }
  const { store, runner } = internalsOf(manager);
  if (!(store instanceof RoutingStore)) {
    const message = `${call} requires an ownership table. Install @archestra/secrets-db and pass dbPlugin() in \`plugins\`.`;
    throw new SecretsError("UNSUPPORTED", message, { operation: call });
  }
  return { store, runner, moves: new Moves(store) };
}

export function assertBulkOptions(options: BulkOptions, call: string, known: readonly string[]): void {
  assertOptions(options, call, ["prefix", "concurrency", "onProgress", "signal", ...known]);
  const { prefix = "", concurrency = DEFAULT_CONCURRENCY, onProgress } = options;
  if (typeof prefix !== "string" || !prefix.isWellFormed()) {
    throw new TypeError(`The option \`prefix\` of ${call} must be a well-formed string.`);
  }
  assertInteger(concurrency, `The option \`concurrency\` of ${call}`, 1, 256);
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`The option \`onProgress\` of ${call} must be a function.`);
  }
}

/**
 * Processes the entries of the ownership table concurrently, each as a call of its own with its own deadline. It reads the
 * entries in pages.
 *
 * @param listing Undefined: only entries
 */
export function runInBulk(
  migration: Migration,
  call: string,
  options: BulkOptions,
  listing: BulkListing | undefined,
  process: ProcessEntry,
): Promise<BulkReport> {
  return moveEvents.trace(
    () => ({ operation: call, manager: migration.store.managers.selected.id }),
    () => processEntries(migration, call, options, listing, process),
    (event, report) => {
      if (report === undefined) return;
      const { done, skipped, failed } = report;
      Object.assign(event, { done, skipped, failed });
    },
  );
}

async function processEntries(
  { store, runner }: Migration,
  call: string,
  options: BulkOptions,
  listing: BulkListing | undefined,
  process: ProcessEntry,
): Promise<BulkReport> {
  const { prefix = "", concurrency = DEFAULT_CONCURRENCY, onProgress, signal } = options;
  const progress = { done: 0, skipped: 0, failed: 0 };
  const failures: FailedSecret[] = [];
  const pending: string[] = [];
  const limiter = new RateLimiter(concurrency);
  let failuresInARow = 0;
  const isStopped = () => failuresInARow >= 2 * concurrency;

  // Awaited, so that a rejection of an asynchronous function ends the call as well.
  const report = async (name: string) => onProgress?.({ name, ...progress });
  const recordFailure = async (name: string, error: unknown): Promise<void> => {
    if (!isSecretsError(error)) throw error;
    if (error.code === "ABORTED" || error.code === "CLOSED") throw error;
    progress.failed++;
    if (!isOfOneSecret(error)) failuresInARow++;
    if (failures.length < MAXIMUM_FAILURES) failures.push({ name, error });
    await report(name);
  };
  const processOne = async (name: string, read: OwnershipEntry | undefined, isLast: boolean) => {
    let unused = read;
    const attempt = async (running: RunningCall) => {
      for (;;) {
        const entry = unused ?? (await store.table.find(name, running));
        // Another attempt reads the entry again.
        unused = undefined;
        const outcome = await process(name, entry, running);
        if (outcome !== "changed") return outcome;
      }
    };
    try {
      progress[await limiter.run(() => runner.run({ operation: call, name, signal }, attempt), signal)]++;
      failuresInARow = 0;
      await report(name);
    } catch (error) {
      const isInTransition = isSecretsError(error, "CONFLICT") && error.reason === "IN_TRANSITION";
      if (isInTransition && !isLast) pending.push(name);
      else await recordFailure(name, error);
    }
  };

  const processAll = async () => {
    const entries = listEntries(store, runner, { operation: call, signal }, prefix, listing);
    await inParallel(concurrency, entries, ({ name, entry }) => processOne(name, entry, false), isStopped);

    // Transitions of other processes: they end, or become stale and are recovered.
    const deadline = performance.now() + store.recovery.recoveryAge + 2 * PAUSE_MILLISECONDS;
    let waiting = pending.splice(0);
    while (waiting.length > 0 && !isStopped()) {
      const isLast = performance.now() > deadline;
      await inParallel(concurrency, waiting, (name) => processOne(name, undefined, isLast));
      waiting = pending.splice(0);
      if (waiting.length > 0) await sleep(PAUSE_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  };

  await processAll().catch((error: unknown) => {
    throw isSecretsError(error, "ABORTED")
      ? runner.wrap(ended(progress, signal?.aborted === true), { operation: call })
      : error;
  });
  return Object.freeze({ ...progress, failures: Object.freeze(failures), stopped: isStopped() });
}

/**
 * Recovers an entry in a transition, which is read again then.
 *
 * @throws SecretsError CONFLICT, reason IN_TRANSITION, when it is not stale
 */
export async function recoverIfStale(
  { store: { recovery } }: Migration,
  entry: OwnershipEntry,
  running: RunningCall,
): Promise<"changed"> {
  if (!recovery.isStale(entry)) throw secretInTransition(entry.state);
  await recovery.recover(entry, running);
  return "changed";
}

/** Returns whether a failure concerns only its secret. Any number of them does not stop the call. */
function isOfOneSecret(error: SecretsError): boolean {
  const { code, reason } = error;
  if (isDamagedSecret(error)) return true;
  return CODES_OF_ONE_SECRET.has(code) || (reason !== undefined && REASONS_OF_ONE_SECRET.has(reason));
}

function ended({ done, skipped, failed }: Omit<BulkProgress, "name">, isAborted: boolean): SecretsError {
  const why = isAborted ? "The call was aborted by its signal" : "The secrets manager was closed";
  const message = `${why} after ${done} secrets were done, ${skipped} skipped and ${failed} failed. Each secret is consistent. Repeat the call to continue with the rest.`;
  return new SecretsError("ABORTED", message);
}

async function* listEntries(
  store: RoutingStore,
  runner: CallRunner,
  call: CallDescription,
  prefix: string,
  listing: BulkListing | undefined,
): AsyncGenerator<MergedEntry> {
  const running = runner.begin(call);
  const limiter = new RateLimiter(1);
  let after: string | undefined;
  for (let owner = listing?.owner; ; owner = undefined) {
    const rest = () => mergedEntries(store.table, owner, { prefix, after, onlyNames: true }, running);
    let entries = rest();
    const next = () =>
      runner
        .step(call, running, () => entries.next())
        .catch((error: unknown) => {
          // An iterator that failed has ended. The next attempt lists the rest.
          entries = rest();
          throw error;
        });
    try {
      for (;;) {
        const { done, value } = await limiter.run(next, call.signal);
        if (done) return;
        yield value;
        after = value.name;
      }
    } catch (error) {
      if (owner === undefined || listing?.mustList !== false || !mayNotList(error)) throw error;
      store.warnOfList(running);
    } finally {
      await entries.return(undefined).catch(() => undefined);
    }
  }
}
