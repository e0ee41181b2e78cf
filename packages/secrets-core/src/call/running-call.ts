import type { CallContext } from "../backend/backend.ts";
import type { Logger } from "../backend/logger.ts";
import {
  abortedByCaller,
  endedByClose,
  endedByDeadline,
  managerClosed,
  outcomeUnknown,
} from "../errors/ended-call.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import type { Closing } from "../registry/closing.ts";
import type { OptionNames } from "../registry/option-names.ts";
import { type CallEvent, publishEnd, publishStart } from "./call-events.ts";
import { CallerError } from "./caller-code.ts";
import { isForeignAbort, wrapError } from "./wrap-error.ts";

/** What is called, for events and errors. */
export interface CallDescription {
  /** The method, such as `get`. */
  readonly operation: string;
  /** The name of the secret. Absent: the call is not about one secret. */
  readonly name?: string | undefined;
  /** What the call adds to its event. */
  readonly details?: Partial<CallEvent> | undefined;
  /** Ends the call. Absent: only its deadline does. */
  readonly signal?: AbortSignal | undefined;
}

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

/** When the calls in progress end while the manager is closed. */
type CallsEnd = Pick<Closing, "abortOfChanges" | "abortOfCalls" | "endOfCalls">;

/** A context that belongs to a running call. */
export interface AskingContext extends CallContext {
  asks(manager: string): void;
}

/** What happens to the outcome of a step that leaves the manager. */
interface StepEnd {
  ended(): void;
  error(error: unknown): unknown;
}

/**
 * Runs the calls of a manager. Every call has a deadline, is refused after the manager is closed, is waited for by `drain`,
 * is traced, and fails with a `SecretsError`.
 */
export class CallRunner {
  readonly #manager: string;
  readonly #limits: CallLimits;
  readonly #logger: Logger;
  /** The names of settings in messages that leave the manager. */
  readonly names: OptionNames;
  readonly #active = new Set<RunningCall>();
  #onIdle: (() => void) | undefined;
  #closed = false;

  constructor(manager: string, timeout: number, logger: Logger, names: OptionNames) {
    this.#manager = manager;
    // A fifth, at most five seconds, is kept for reading back what a write did.
    this.#limits = { timeout, reserve: Math.min(5_000, Math.floor(timeout / 5)) };
    this.#logger = logger;
    this.names = names;
  }

  /** Runs one call from its beginning to its end. */
  run<Result>(description: CallDescription, body: (call: RunningCall) => Promise<Result>): Promise<Result> {
    const event = publishStart(description.operation, this.#manager, description.name);
    if (event === undefined) return this.step(description, this.begin(description), body);
    return traced(event, description, () => this.step(description, this.begin(description), body));
  }

  /**
   * A call whose steps are then run one by one.
   *
   * @param longest milliseconds until its end. Absent: the timeout of the manager
   */
  begin({ signal }: CallDescription, longest = this.#limits.timeout): RunningCall {
    const timeout = Math.max(1, Math.min(longest, this.#limits.timeout));
    const reserve = Math.min(this.#limits.reserve, Math.floor(timeout / 5));
    return new RunningCall({ timeout, reserve }, this.#logger, signal);
  }

  /** Runs one step of a call: only while a step runs does `drain` wait for the call. */
  step<Result>(
    description: CallDescription,
    call: RunningCall,
    body: (call: RunningCall) => Promise<Result>,
  ): Promise<Result> {
    if (this.#closed) return Promise.reject(this.wrap(managerClosed(), description));
    this.#active.add(call);
    return call.run(() => body(call), {
      ended: () => {
        this.#active.delete(call);
        if (this.#active.size === 0) this.#onIdle?.();
      },
      error: (error) => (error instanceof CallerError ? error.original : this.wrap(error, description)),
    });
  }

  /** Completes an error with the call, the manager and the secret. */
  wrap(error: unknown, { operation, name }: CallDescription): SecretsError {
    return this.names.inError(wrapError(error, { operation, manager: this.#manager, secretName: name }));
  }

  /** Refuses new calls, waits for the active ones, aborts the rest, and ends those whose outcome is still unknown in time. */
  async drain({ abortOfChanges, abortOfCalls, endOfCalls }: CallsEnd): Promise<void> {
    this.#closed = true;
    if (this.#active.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    const after = (time: number, end: (call: RunningCall) => void) =>
      setTimeout(
        () => {
          for (const call of this.#active) end(call);
        },
        Math.max(0, time - Date.now()),
      );
    const timers = [
      after(abortOfChanges, (call) => {
        if (call.hasSentChange) call.abort(endedByClose(), endOfCalls);
      }),
      after(abortOfCalls, (call) => call.abort(endedByClose(), endOfCalls)),
      after(endOfCalls, (call) => call.endUnknown()),
    ];
    await idle;
    for (const timer of timers) clearTimeout(timer);
  }
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
  /** The call of which this one is a part. */
  #whole: RunningCall | undefined;

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

  /** How many milliseconds are left before the signal aborts. */
  get timeLeft(): number {
    return this.#deadline - this.#limits.reserve - Date.now();
  }

  /** Records the manager whose store is asked from now on, which errors of this call then name. */
  asks(manager: string): void {
    this.#asked = manager;
    this.#whole?.asks(manager);
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
      asks: (manager) => this.asks(manager),
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

  #with(demands: Pick<CallContext, "exactNumbers" | "latest">): CallContext {
    const call = this;
    const context: AskingContext = {
      ...demands,
      logger: this.logger,
      reserve: this.reserve,
      asks: (manager) => this.asks(manager),
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

async function traced<Result>(
  event: CallEvent,
  { details }: CallDescription,
  body: () => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  try {
    const result = await body();
    Object.assign(event, details);
    publishEnd(event, "success", startedAt);
    return result;
  } catch (error) {
    publishEnd(event, isSecretsError(error) ? error.code : "CALLER_FAILED", startedAt);
    throw error;
  }
}
