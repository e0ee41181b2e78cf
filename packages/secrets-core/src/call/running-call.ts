import type { CallContext } from "../backend/backend.ts";
import type { Logger } from "../backend/logger.ts";
import { abortedByCaller, endedByDeadline, outcomeUnknown } from "../errors/ended-call.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { CallEvent } from "./events.ts";
import { isForeignAbort } from "./wrap-error.ts";

/** Limits of one call, in milliseconds. */
export interface CallLimits {
  /** From the call to its end, everything included. */
  readonly timeout: number;
  /** The part of it that is kept for reading back what a write did. */
  readonly reserve: number;
}

/** Is notified of changes, so that nothing older is served from a cache afterwards. */
export interface ChangeObserver {
  /** Runs a change of this name. */
  write<Result>(name: string, send: () => Promise<Result>): Promise<Result>;
}

/** A context that belongs to a running call. */
export interface AskingContext extends CallContext {
  asks(manager: string): void;
  serves(manager: string): void;
}

/** What happens to the outcome of a step that leaves the manager. */
export interface StepEnd {
  ended(): void;
  error(error: unknown): unknown;
}

/**
 * One call: its deadline, its caller's signal, and the context for the backend.
 *
 * It records whether a change has been sent. Before, an abort ends the call at once, and nothing was changed. Afterwards,
 * the backend has the reserve to find out what became of the change, and then the outcome is unknown.
 */
export class RunningCall implements AskingContext {
  readonly logger: Logger;
  readonly #limits: CallLimits;
  readonly #callerSignal: AbortSignal | undefined;
  #onCallerAbort: (() => void) | undefined;
  #deadline = 0;
  #controller: AbortController | undefined;
  #reason: SecretsError | undefined;
  /** How many changes are sent and not confirmed, one within the other. */
  #changes = 0;
  #timer: NodeJS.Timeout | undefined;
  #endNow: ((reason: SecretsError) => void) | undefined;
  #asked: string | undefined;
  #served: string | undefined;
  #repetitions = 0;
  #cacheHit: boolean | undefined;
  /** The call that began this one, and counts its attempts. */
  readonly #beginner: RunningCall | undefined;
  /** The call of which this one is a part. */
  #whole: RunningCall | undefined;

  constructor(
    limits: CallLimits,
    logger: Logger,
    callerSignal: AbortSignal | undefined,
    beginner?: RunningCall,
  ) {
    this.logger = logger;
    this.#limits = limits;
    this.#callerSignal = callerSignal;
    this.#beginner = beginner;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get reserve(): number {
    return this.#limits.reserve;
  }

  /** How many milliseconds are left before the signal aborts. */
  get timeLeft(): number {
    return this.#deadline - this.#limits.reserve - Date.now();
  }

  /** Records the manager whose store is asked from now on, which errors of this call then name. */
  asks(manager: string): void {
    this.#asked = manager;
    this.#whole?.asks(manager);
  }

  /** Records the manager that is asked for the secret itself, and not for its entry in the ownership table. */
  serves(manager: string): void {
    this.#served = manager;
    this.#whole?.serves(manager);
  }

  repeated(): void {
    this.#repetitions++;
    this.#beginner?.repeated();
    this.#whole?.repeated();
  }

  /** Records whether the cache had every secret that the call reads. */
  readFromCache(isHit: boolean): void {
    this.#cacheHit = isHit;
  }

  /**
   * Completes the event of this call.
   *
   * @param hasOwner whether one manager serves it
   */
  complete(event: CallEvent, hasOwner: boolean, result: unknown): void {
    event.attempts = 1 + this.#repetitions;
    if (this.#cacheHit !== undefined) event.cacheHit = this.#cacheHit;
    if (!hasOwner) return;
    const owner = ownerIn(result) ?? event.error?.manager ?? this.#served ?? this.#asked;
    if (owner !== undefined) event.owner = owner;
  }

  /** Whether a change is sent and not confirmed. */
  get hasSentChange(): boolean {
    return this.#changes > 0;
  }

  /** Created on first use: most calls end without it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /**
   * Runs the body under a deadline that begins now. After an abort, or when it is late, the returned promise does not wait
   * for the body. A call that lasts as long as its consumer wants, such as a list, runs each of its steps this way.
   */
  run<Result>(body: () => Promise<Result>, end?: StepEnd): Promise<Result> {
    // One promise for the whole call: a race, and async functions around it, make six.
    return new Promise<Result>((resolve, reject) => {
      const fail = (error: unknown) => {
        this.#stopWatching();
        const cause = this.#reason !== undefined && isForeignAbort(error) ? this.#reason : error;
        if (end === undefined) return reject(cause);
        end.ended();
        reject(end.error(cause));
      };
      const refusal = this.#callerSignal?.aborted ? abortedByCaller() : this.#reason;
      if (refusal !== undefined) return fail(refusal);
      this.#watch();
      this.#endNow = fail;
      try {
        body().then((result) => {
          this.#stopWatching();
          end?.ended();
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
    this.#timer = setTimeout(() => this.abort(endedByDeadline(timeout, this.#asked)), timeout - reserve);
    if (this.#callerSignal === undefined) return;
    this.#onCallerAbort = () => this.abort(abortedByCaller());
    this.#callerSignal.addEventListener("abort", this.#onCallerAbort, { once: true });
  }

  #stopWatching(): void {
    clearTimeout(this.#timer);
    this.#endNow = undefined;
    if (this.#onCallerAbort !== undefined)
      this.#callerSignal?.removeEventListener("abort", this.#onCallerAbort);
  }

  /**
   * Runs a part of the call with a timeout of its own, so that the rest of the call has time left. A change in it that is
   * late has no reserve.
   *
   * @param timeout milliseconds
   * @throws SecretsError TIMEOUT when it is late, and the reason of this call's end
   */
  async within<Result>(timeout: number, body: (part: RunningCall) => Promise<Result>): Promise<Result> {
    if (timeout < 1) throw new SecretsError("TIMEOUT", "The call had no time left for it.");
    const part = new RunningCall({ timeout, reserve: 0 }, this.logger, this.signal);
    part.#whole = this;
    try {
      return await part.run(() => body(part));
    } catch (error) {
      if (this.#reason !== undefined) throw this.#reason;
      throw error;
    }
  }

  /**
   * Sends a change of a secret to a backend. From here on, an abort no longer means that nothing was changed.
   *
   * @param observer is notified of the change. Undefined: there is no cache
   */
  async change<Result>(
    name: string,
    observer: ChangeObserver | undefined,
    send: () => Promise<Result>,
  ): Promise<Result> {
    if (this.#reason !== undefined) throw this.#reason;
    this.#changes++;
    try {
      return await (observer === undefined ? send() : observer.write(name, send));
    } catch (error) {
      // An AbortError of a client library does not show whether the request was sent.
      throw this.#reason !== undefined && isForeignAbort(error)
        ? outcomeUnknown(this.#reason, this.#asked)
        : error;
    } finally {
      this.#changes--;
    }
  }

  /**
   * Returns the context for the last steps of a change, which an abort must not interrupt: only the deadline ends them.
   */
  finishing(): CallContext {
    const left = Math.max(0, this.#deadline - Date.now());
    const finishing: AskingContext = {
      signal: AbortSignal.timeout(left),
      deadline: this.#deadline,
      reserve: 0,
      logger: this.logger,
      ...this.#reports(),
    };
    return finishing;
  }

  /** Returns the context for reading a value that will be written to another store. */
  exact(): CallContext {
    return this.#with({ exactNumbers: true, latest: true });
  }

  /** Returns the context for a read that decides about a change. */
  deciding(): CallContext {
    return this.#with({ latest: true });
  }

  /** What a context of this call reports to it. */
  #reports(): Pick<AskingContext, "asks" | "serves" | "repeated"> {
    return {
      asks: (manager) => this.asks(manager),
      serves: (manager) => this.serves(manager),
      repeated: () => this.repeated(),
    };
  }

  #with(demands: Pick<CallContext, "exactNumbers" | "latest">): CallContext {
    const call = this;
    const context: AskingContext = {
      ...demands,
      logger: this.logger,
      reserve: this.reserve,
      ...this.#reports(),
      get signal() {
        return call.signal;
      },
      get deadline() {
        return call.deadline;
      },
    };
    return context;
  }

  /** Ends an aborted call although the outcome of its change is not known yet. */
  endUnknown(): void {
    if (this.#reason !== undefined) this.#endNow?.(outcomeUnknown(this.#reason, this.#asked));
  }

  /**
   * Ends the call with this error.
   *
   * @param latest when a change must have ended, as `Date.now()` returns it. Absent: after the reserve
   */
  abort(reason: SecretsError, latest = Number.POSITIVE_INFINITY): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    if (this.#changes === 0) {
      this.#controller?.abort(reason);
      this.#endNow?.(reason);
      return;
    }
    // First of all: listeners of the signal read the deadline.
    this.#deadline = Math.min(this.#deadline, Date.now() + this.#limits.reserve, latest);
    this.#controller?.abort(reason);
    clearTimeout(this.#timer);
    // After a blocked event loop the deadline may have passed, and Node warns about negative times.
    const left = Math.max(0, this.#deadline - Date.now());
    this.#timer = setTimeout(() => this.#endNow?.(outcomeUnknown(reason, this.#asked)), left);
  }

  /**
   * Ends work of many steps whose caller has received an error already.
   *
   * @throws the error with which the call ended
   */
  assertNotEnded(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }
}

/** The manager of a secret, or of what is known about one. */
function ownerIn(result: unknown): string | undefined {
  if (typeof result !== "object" || result === null || !("manager" in result)) return undefined;
  return typeof result.manager === "string" ? result.manager : undefined;
}
