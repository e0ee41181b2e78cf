import { SecretsError } from "@archestra/secrets-core";
import type { DatabaseConnection } from "kysely";

/** How long a statement may take. A call context is one. */
export interface Waiting {
  /** Aborts when the caller gives up: from then on nothing more is sent for it. */
  readonly signal: AbortSignal;
  /** When the caller is answered at the latest, in milliseconds since 1970. Absent: no call waits, as in a sweep. */
  readonly deadline?: number;
  /** How many milliseconds before the deadline the signal aborts. @default 0 */
  readonly reserve?: number;
}

/** Most statements end sooner, and so need neither a signal nor a listener. */
const UNWATCHED_MILLISECONDS = 20;
/** The least time in which a server must have answered before its connection is taken for frozen. */
const LEAST_ANSWER_MILLISECONDS = 1_000;
/** For statements that no call waits for. */
const BACKGROUND_ANSWER_MILLISECONDS = 15_000;
const BACKGROUND_LIMIT_MILLISECONDS = 120_000;
const BACKGROUND_GRACE_MILLISECONDS = 2_000;

/**
 * What an attempt runs. A `read` that is not answered is repeated on another connection. `unlimited` may take long, such
 * as making tables: only the signal ends it.
 */
export type AttemptKind = "read" | "change" | "unlimited";

/**
 * One attempt to run statements on a connection: first it waits for the connection, then it runs.
 *
 * Until a change is sent, giving up means that nothing happened. Afterwards its answer is awaited until its caller has to be
 * answered. A connection whose statement outlives that is destroyed, since its answer may never come.
 */
export class Attempt<Result> {
  readonly promise: Promise<Result>;
  readonly #waiting: Waiting;
  readonly #kind: AttemptKind;
  readonly #onUnsent: (error: unknown) => void;
  readonly #onAbort = () => this.#giveUp();
  #resolve!: (result: Result) => void;
  #reject!: (error: unknown) => void;
  #connection: DatabaseConnection | undefined;
  #changeIsSent = false;
  #isCancelled = false;
  #isOver = false;
  #startedAt = 0;
  #signal: AbortSignal | undefined;
  readonly #timers: NodeJS.Timeout[];

  /** @param onUnsent is called with an error that came before a change was sent */
  constructor(waiting: Waiting, kind: AttemptKind, onUnsent: (error: unknown) => void) {
    this.#waiting = waiting;
    this.#onUnsent = onUnsent;
    this.#kind = kind;
    // One for each statement: `Promise.withResolvers` takes longer.
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timers = [setTimeout(() => this.#watch(), UNWATCHED_MILLISECONDS)];
  }

  /** Whether its caller has been answered. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Starts to use a connection. */
  begin(connection: DatabaseConnection): void {
    this.#connection = connection;
    this.#startedAt = performance.now();
  }

  /** From here on, the change may happen although its answer does not come. */
  sendsChange(): void {
    this.#changeIsSent = true;
  }

  succeed(result: Result): void {
    if (this.#end()) this.#resolve(result);
  }

  fail(error: unknown): void {
    if (!this.#end()) return;
    if (!this.#changeIsSent && this.#kind !== "read") this.#onUnsent(error);
    this.#reject(error);
  }

  /** Whether the database was asked to end the statement. */
  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** The statement was ended because its caller gave up, and did nothing. */
  failUnchanged(): void {
    this.#changeIsSent = false;
    this.fail(this.#waiting.signal.reason);
  }

  /**
   * @throws SecretsError TIMEOUT, or the signal's reason, when nothing may be sent any more: the caller has given up, or its
   * time is over
   */
  assertWanted(): void {
    if (this.#isOver) throw new SecretsError("ABORTED", "The call is over. Nothing more was sent for it.");
    // A read that comes late does no harm, and a call is spared its signal.
    if (this.#kind === "read") return;
    const { signal, deadline } = this.#waiting;
    signal.throwIfAborted();
    if (deadline === undefined || Date.now() < deadline) return;
    throw new SecretsError(
      "TIMEOUT",
      "The deadline passed before the statement was sent; nothing was changed.",
    );
  }

  #watch(): void {
    // Only now, since a call makes its signal when it is asked for.
    const { signal } = this.#waiting;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signal.aborted) this.#giveUp();
    else if (this.#kind !== "unlimited") this.#expectAnswer();
  }

  #giveUp(): void {
    if (!this.#changeIsSent || this.#connection === undefined) {
      this.#abandon(this.#waiting.signal.reason);
      return;
    }
    // The server's answer to that says whether the change was made.
    if (isReplaceable(this.#connection)) this.#connection.cancel();
    this.#isCancelled = true;
    // Without an answer, one half of the reserve is left for reading back what the change did.
    const { deadline, reserve = 0 } = this.#waiting;
    const grace =
      deadline === undefined ? BACKGROUND_GRACE_MILLISECONDS : Math.min(reserve, deadline - Date.now()) / 2;
    this.#after(grace, () => this.#abandon(new LostAnswerError()));
  }

  /** A server that does not answer for so long may have lost the connection without either side noticing. */
  #expectAnswer(): void {
    const { deadline, reserve = 0 } = this.#waiting;
    if (deadline === undefined) {
      this.#after(BACKGROUND_LIMIT_MILLISECONDS, () => this.#abandon(new LostAnswerError()));
    }
    const limit =
      deadline === undefined
        ? BACKGROUND_ANSWER_MILLISECONDS
        : Math.max(LEAST_ANSWER_MILLISECONDS, (deadline - reserve - Date.now()) / 4);
    this.#after(limit, () => this.#doubtConnection());
  }

  #doubtConnection(): void {
    const connection = this.#connection;
    if (connection === undefined || !isReplaceable(connection)) return;
    connection.replaceWhenSilentSince(this.#startedAt);
    if (this.#kind === "read") this.#abandon(new UnansweredReadError());
  }

  #abandon(error: unknown): void {
    const connection = this.#connection;
    this.fail(error);
    if (connection !== undefined && isReplaceable(connection)) connection.destroy();
  }

  #after(milliseconds: number, act: () => void): void {
    this.#timers.push(setTimeout(act, Math.max(0, milliseconds)));
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}

/** A change was sent, and its answer did not come before its caller had to be answered. */
export class LostAnswerError extends Error {
  override readonly name = "LostAnswerError";

  constructor() {
    super("The database did not answer a change in time.");
  }
}

/** A read was sent on a connection that may be frozen. It can be repeated on another one. */
export class UnansweredReadError extends Error {
  override readonly name = "UnansweredReadError";

  constructor() {
    super("The database did not answer a read in time.");
  }
}

/** A connection of a pool of this package, which can be replaced by a new one. Those of an application cannot. */
export interface ReplaceableConnection extends DatabaseConnection {
  /** Asks the server to end the statement in progress, which then fails, unless it is done. */
  cancel(): void;
  /** Closes it at once. A statement in progress on it fails. */
  destroy(): void;
  /**
   * Replaces every connection of its pool, when none of them has answered since then. Statements in progress go on.
   *
   * @param time as `performance.now()` has it
   */
  replaceWhenSilentSince(time: number): void;
  /** Replaces every connection of its pool, as for a server that takes no writes any more. */
  replaceAll(): void;
}

export function isReplaceable(connection: DatabaseConnection): connection is ReplaceableConnection {
  return "replaceAll" in connection;
}
