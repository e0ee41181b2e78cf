import type { CallContext } from "../backend/backend.ts";
import type { Logger } from "../backend/logger.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import { isForeignAbort } from "./wrap-error.ts";

/** Limits of one call, in milliseconds. */
export interface CallLimits {
  /** From the call to its end, everything included. */
  readonly timeout: number;
  /** What is kept of it for finding out what became of a write. */
  readonly reserve: number;
}

/**
 * One call: its deadline, its caller's signal, and the context that the backend sees.
 *
 * It knows whether a write is in the backend's hands. Before, giving up means that nothing was changed, and the caller
 * is told at once. Afterwards the backend has the reserve to find out, and then the outcome is unknown.
 */
export class RunningCall implements CallContext {
  readonly logger: Logger;
  readonly #limits: CallLimits;
  readonly #callerSignal: AbortSignal | undefined;
  #onCallerAbort: (() => void) | undefined;
  #deadline = 0;
  #controller: AbortController | undefined;
  #reason: SecretsError | undefined;
  /** How many changes are in a backend's hands, one within the other. */
  #changes = 0;
  #timer: NodeJS.Timeout | undefined;
  #giveUp: ((reason: SecretsError) => void) | undefined;

  constructor(limits: CallLimits, logger: Logger, callerSignal: AbortSignal | undefined) {
    this.logger = logger;
    this.#limits = limits;
    this.#callerSignal = callerSignal;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get reserve(): number {
    return this.#limits.reserve;
  }

  /** How many milliseconds are left before the call is ended for being late. */
  get timeLeft(): number {
    return this.#deadline - this.#limits.reserve - Date.now();
  }

  /** Made when somebody asks for it: most calls end before anybody does. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /**
   * Runs the body under a deadline that begins now. Late or aborted, the returned promise does not wait for the body.
   * A call that lasts as long as its consumer wants, such as a list, runs each of its steps so.
   */
  run<Result>(body: () => Promise<Result>): Promise<Result> {
    if (this.#callerSignal?.aborted) return Promise.reject(abortedByCaller());
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    this.#watch();
    // One promise for the whole call: a race, and an async function around it, make six.
    return new Promise<Result>((resolve, reject) => {
      const fail = (error: unknown) => {
        this.#stopWatching();
        reject(this.#reason !== undefined && isForeignAbort(error) ? this.#reason : error);
      };
      this.#giveUp = fail;
      try {
        body().then((result) => {
          this.#stopWatching();
          resolve(result);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  #watch(): void {
    const { timeout, reserve } = this.#limits;
    this.#deadline = Date.now() + timeout;
    this.#timer = setTimeout(() => this.abort(late(this.#limits)), timeout - reserve);
    if (this.#callerSignal === undefined) return;
    this.#onCallerAbort = () => this.abort(abortedByCaller());
    this.#callerSignal.addEventListener("abort", this.#onCallerAbort, { once: true });
  }

  #stopWatching(): void {
    clearTimeout(this.#timer);
    this.#giveUp = undefined;
    if (this.#onCallerAbort !== undefined)
      this.#callerSignal?.removeEventListener("abort", this.#onCallerAbort);
  }

  /**
   * Runs a part of the call that may take no longer than this, so that the rest of the call has what is left. A change
   * that is under way in it when it is late has no reserve for finding out what became of it.
   *
   * @param timeout milliseconds
   * @throws SecretsError TIMEOUT when it is late, and the reason of this call's end
   */
  async within<Result>(timeout: number, body: (part: RunningCall) => Promise<Result>): Promise<Result> {
    if (timeout < 1) throw new SecretsError("TIMEOUT", "The call had no time left for it.");
    const part = new RunningCall({ timeout, reserve: 0 }, this.logger, this.signal);
    try {
      return await part.run(() => body(part));
    } catch (error) {
      if (this.#reason !== undefined) throw this.#reason;
      throw error;
    }
  }

  /** Marks the time in which a change is in a backend's hands. */
  async write<Result>(send: () => Promise<Result>): Promise<Result> {
    if (this.#reason !== undefined) throw this.#reason;
    this.#changes++;
    try {
      return await send();
    } catch (error) {
      // A client library's own AbortError does not say whether the request had left.
      throw this.#reason !== undefined && isForeignAbort(error) ? outcomeUnknown(this.#reason) : error;
    } finally {
      this.#changes--;
    }
  }

  /**
   * For the last steps of a change, which must not stop half way because somebody gave up: only the deadline ends them.
   */
  finishing(): CallContext {
    const left = Math.max(0, this.#deadline - Date.now());
    return {
      signal: AbortSignal.timeout(left),
      deadline: this.#deadline,
      reserve: 0,
      logger: this.logger,
    };
  }

  /** For reads of a value that is about to be written to another store: a number that would be rounded is refused. */
  exact(): CallContext {
    return this.#with({ exactNumbers: true, latest: true });
  }

  /** For reads that decide about a change: only the latest state will do. */
  deciding(): CallContext {
    return this.#with({ latest: true });
  }

  #with(demands: Pick<CallContext, "exactNumbers" | "latest">): CallContext {
    const call = this;
    return {
      ...demands,
      logger: this.logger,
      reserve: this.reserve,
      get signal() {
        return call.signal;
      },
      get deadline() {
        return call.deadline;
      },
    };
  }

  /** Ends the call for a reason that its caller is told. */
  abort(reason: SecretsError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    if (this.#changes === 0) {
      this.#controller?.abort(reason);
      this.#giveUp?.(reason);
      return;
    }
    // First of all: who hears the signal asks how long it has to find out.
    this.#deadline = Math.min(this.#deadline, Date.now() + this.#limits.reserve);
    this.#controller?.abort(reason);
    clearTimeout(this.#timer);
    // The deadline has passed already when the event loop stood still, and Node warns of negative times.
    const left = Math.max(0, this.#deadline - Date.now());
    this.#timer = setTimeout(() => this.#giveUp?.(outcomeUnknown(reason)), left);
  }

  /**
   * For work that goes on in many steps: ends it where its caller has been given an answer already.
   *
   * @throws the reason for which the call was ended
   */
  assertNotEnded(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** Why the call was ended. Undefined: it was not. */
  get abortReason(): SecretsError | undefined {
    return this.#reason;
  }
}

function abortedByCaller(): SecretsError {
  return new SecretsError("ABORTED", "The call was aborted by its signal; nothing was changed.");
}

function late({ timeout }: CallLimits): SecretsError {
  return new SecretsError(
    "TIMEOUT",
    `The call did not end within its deadline of ${timeout} ms; nothing was changed. Try again, or look at \`check()\`.`,
  );
}

function outcomeUnknown(reason: SecretsError): SecretsError {
  const why = reason.code === "TIMEOUT" ? "The deadline passed" : "The call was aborted";
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    `${why} after the change was sent, and its outcome could not be found out in time. Read the secret before you repeat the change.`,
  );
}
