import { setTimeout as sleep } from "node:timers/promises";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import { assertInteger, assertOptions } from "../call/arguments.ts";
import type { CallDescription, CallRunner, RunningCall } from "../call/running-call.ts";
import type { SecretsErrorCode } from "../errors/error-codes.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { movedOutside } from "../errors/transaction-refusals.ts";
import { secretInTransition } from "../errors/unmet-expectation.ts";
import { internalsOf, OpenedSecretsManager } from "../manager/opened-secrets-manager.ts";
import { isInTransaction } from "../manager/secrets-in-transaction.ts";
import type { SecretsManager } from "../manager/secrets-manager.ts";
import { type MergedEntry, mayNotList, mergedEntries } from "../ownership/merged-list.ts";
import { Moves } from "../ownership/moves.ts";
import { RoutingStore } from "../ownership/routing-store.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { BulkOptions, BulkProgress, BulkReport, FailedSecret } from "./bulk-report.ts";
import { RateLimiter } from "./rate-limiter.ts";

/** What is done with one row. `in transition`: somebody else is at it, so it is looked at once more in the end. */
export type EntryWork = (
  name: string,
  entry: OwnershipEntry | undefined,
  running: RunningCall,
) => Promise<"done" | "skipped" | "in transition">;

const DEFAULT_CONCURRENCY = 16;
const MOST_FAILURES_TOLD = 1_000;
const PAUSE_MILLISECONDS = 250;

const CODES_OF_ONE_SECRET: ReadonlySet<SecretsErrorCode> = new Set([
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "CONFLICT",
  "INVALID_ARGUMENT",
  "INVALID_VALUE",
  "DECRYPTION_FAILED",
]);
const REASONS_OF_ONE_ROW: ReadonlySet<string> = new Set(["PATH_MISMATCH", "OWNER_MISMATCH", "COPY_AT_OWNER"]);

/** The inside of a manager, for work on its table of owners. */
export interface RoutedParts {
  readonly store: RoutingStore;
  readonly runner: CallRunner;
  readonly moves: Moves;
}

/**
 * @throws TypeError for something else than a manager of this copy of the package
 * @throws SecretsError UNSUPPORTED when no installed plugin keeps a table of owners, and for calls in a transaction
 */
export function routedPartsOf(manager: SecretsManager, call: string): RoutedParts {
  if (isInTransaction(manager)) throw movedOutside(call);
  if (!(manager instanceof OpenedSecretsManager)) {
    throw new TypeError(`${call} takes a manager made by \`createSecretsManager\` of the same package.`);
  }
  const { store, runner } = internalsOf(manager);
  if (!(store instanceof RoutingStore)) {
    throw new SecretsError(
      "UNSUPPORTED",
      `${call} needs a table of owners, which @archestra/secrets-db keeps: pass dbPlugin() among the plugins.`,
      { operation: call },
    );
  }
  return { store, runner, moves: new Moves(store) };
}

/** Refuses options that are none, before anything happens. */
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
 * Works through the rows of the table, several at the same time, each as a call of its own with its own deadline. The rows
 * are read one page after the other, so it does not matter how many there are.
 *
 * @param listing also names that this external manager lists and the table does not know, when it may list or `mustList`.
 * Undefined: only rows
 */
export async function runInBulk(
  { store, runner }: RoutedParts,
  call: string,
  options: BulkOptions,
  listing: { readonly owner: BackendHandle; readonly mustList: boolean } | undefined,
  work: EntryWork,
): Promise<BulkReport> {
  const { prefix = "", concurrency = DEFAULT_CONCURRENCY, onProgress, signal } = options;
  const progress = { done: 0, skipped: 0, failed: 0 };
  const failures: FailedSecret[] = [];
  const late: string[] = [];
  const pace = new RateLimiter(concurrency);
  let failuresInARow = 0;
  const isHopeless = () => failuresInARow >= 2 * concurrency;

  // Awaited, so that what an asynchronous one throws ends the work as well.
  const tell = async (name: string) => onProgress?.({ name, ...progress });
  const fail = async (name: string, error: unknown): Promise<void> => {
    if (!isSecretsError(error)) throw error;
    if (error.code === "ABORTED" || error.code === "CLOSED") throw error;
    progress.failed++;
    if (!isOfOneSecret(error)) failuresInARow++;
    if (failures.length < MOST_FAILURES_TOLD) failures.push({ name, error });
    await tell(name);
  };
  const handle = async (name: string, entry: OwnershipEntry | undefined): Promise<boolean> => {
    // What was read is old after a pause.
    let known = entry;
    const attempt = (running: RunningCall) => {
      const read = known;
      known = undefined;
      return work(name, read, running);
    };
    const result = await pace
      .keep(() => runner.run({ operation: call, name, signal }, attempt), signal)
      .catch((error: unknown) => {
        if (isSecretsError(error, "CONFLICT") && error.reason === "IN_TRANSITION")
          return "in transition" as const;
        throw error;
      });
    if (result === "in transition") return false;
    progress[result]++;
    failuresInARow = 0;
    await tell(name);
    return true;
  };

  const workThroughAll = async () => {
    const entries = rowEntries(store, runner, { operation: call, signal }, prefix, listing);
    await inParallel(concurrency, entries, async ({ name, entry }) => {
      if (isHopeless()) return false;
      await handle(name, entry).then(
        (isHandled) => isHandled || late.push(name),
        (error: unknown) => fail(name, error),
      );
      return true;
    });

    // Those that somebody else was at: a process that goes on, or one that died, whose change is taken over in time.
    const longest = performance.now() + store.recovery.recoveryAge + 2 * PAUSE_MILLISECONDS;
    let waiting = late.splice(0);
    while (waiting.length > 0 && !isHopeless()) {
      const isOver = performance.now() > longest;
      await inParallel(concurrency, waiting, async (name) => {
        await handle(name, undefined).then(
          async (isHandled) => {
            if (isHandled) return;
            if (isOver)
              await fail(name, runner.wrap(secretInTransition("moving"), { operation: call, name }));
            else late.push(name);
          },
          (error: unknown) => fail(name, error),
        );
        return true;
      });
      waiting = late.splice(0);
      if (waiting.length > 0) await sleep(PAUSE_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  };

  await workThroughAll().catch((error: unknown) => {
    throw isSecretsError(error, "ABORTED")
      ? runner.wrap(ended(progress, signal?.aborted === true), { operation: call })
      : error;
  });
  return Object.freeze({ ...progress, failures: Object.freeze(failures), stopped: isHopeless() });
}

/** Whether a failure says nothing of the next secret: as many as there are, they do not keep the others from being moved. */
function isOfOneSecret({ code, reason }: SecretsError): boolean {
  return CODES_OF_ONE_SECRET.has(code) || (reason !== undefined && REASONS_OF_ONE_ROW.has(reason));
}

/** Of the whole, and not of the secret that was worked on last. */
function ended({ done, skipped, failed }: Omit<BulkProgress, "name">, isAborted: boolean): SecretsError {
  const why = isAborted ? "The work was aborted by its signal" : "The secrets manager was closed";
  return new SecretsError(
    "ABORTED",
    `${why} after ${done} secrets were done, ${skipped} skipped and ${failed} failed. Each secret is whole; the same call goes on with the rest.`,
  );
}

async function* rowEntries(
  store: RoutingStore,
  runner: CallRunner,
  call: CallDescription,
  prefix: string,
  listing: { readonly owner: BackendHandle; readonly mustList: boolean } | undefined,
): AsyncGenerator<MergedEntry> {
  const running = runner.begin(call);
  const pace = new RateLimiter(1);
  let after: string | undefined;
  for (let owner = listing?.owner; ; owner = undefined) {
    const rest = () => mergedEntries(store.table, owner, { prefix, after, onlyNames: true }, running);
    let entries = rest();
    const next = () =>
      runner
        .step(call, running, () => entries.next())
        .catch((error: unknown) => {
          // A list that has failed is over: another attempt is made by one of what is left.
          entries = rest();
          throw error;
        });
    try {
      for (;;) {
        const { done, value } = await pace.keep(next, call.signal);
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

/** @param handle false: nothing more is taken */
async function inParallel<Item>(
  concurrency: number,
  items: AsyncIterable<Item> | Iterable<Item>,
  handle: (item: Item) => Promise<boolean>,
): Promise<void> {
  const iterator =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : toAsync(items)[Symbol.asyncIterator]();
  // An async generator hands its items out one after the other, however many ask.
  let isOver = false;
  const worker = async () => {
    while (!isOver) {
      const { done, value } = await iterator.next();
      if (done || !(await handle(value))) isOver = true;
    }
  };
  const results = await Promise.allSettled(
    Array.from({ length: concurrency }, () =>
      worker().catch((error: unknown) => {
        isOver = true;
        throw error;
      }),
    ),
  );
  await iterator.return?.();
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function* toAsync<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
