import type { Logger } from "../backend/logger.ts";
import { endedByClose, managerClosed } from "../errors/ended-call.ts";
import type { SecretsError } from "../errors/secrets-error.ts";
import type { Closing } from "../registry/closing.ts";
import type { OptionNames } from "../registry/option-names.ts";
import { CallerError } from "./caller-code.ts";
import { type CallEvent, callEvents } from "./events.ts";
import { type CallLimits, RunningCall } from "./running-call.ts";
import { wrapError } from "./wrap-error.ts";

/** What is called, for events and errors. */
export interface CallDescription {
  /** The method, such as `get`. */
  readonly operation: string;
  /** The name of the secret. Absent: the call is not about one secret. */
  readonly name?: string | undefined;
  /** Completes the event of a call that succeeded. Absent: there is nothing to add. */
  readonly complete?: ((event: CallEvent) => void) | undefined;
  /** Whether one manager serves the call, which the event then names. @default false */
  readonly hasOwner?: boolean | undefined;
  /** Ends the call. Absent: only its deadline does. */
  readonly signal?: AbortSignal | undefined;
}

/** When the calls in progress end while the manager is closed. */
type CallsEnd = Pick<Closing, "abortOfChanges" | "abortOfCalls" | "endOfCalls">;

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
    const call = this.begin(description);
    if (!callEvents.hasSubscribers) return this.step(description, call, body);
    return callEvents.trace(
      () => this.event(description),
      () => this.step(description, call, body),
      (event, result) => {
        call.complete(event, description.hasOwner === true, result);
        if (event.outcome === "success") description.complete?.(event);
      },
    );
  }

  /** The event of a call at its start. */
  event({ operation, name }: CallDescription): CallEvent {
    return { operation, manager: this.#manager, ...(name === undefined ? {} : { name }) };
  }

  /**
   * A call whose steps are then run one by one.
   *
   * @param longest milliseconds until its end. Absent: the timeout of the manager
   * @param beginner the call that began it, which counts its attempts. Absent: there is none
   */
  begin(
    { signal }: CallDescription,
    longest: number = this.#limits.timeout,
    beginner?: RunningCall,
  ): RunningCall {
    const timeout = Math.max(1, Math.min(longest, this.#limits.timeout));
    const reserve = Math.min(this.#limits.reserve, Math.floor(timeout / 5));
    return new RunningCall({ timeout, reserve }, this.#logger, signal, beginner);
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
