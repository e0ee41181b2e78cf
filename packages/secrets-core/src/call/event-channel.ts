import { AsyncLocalStorage } from "node:async_hooks";
import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";
import type { SecretsErrorCode } from "../errors/error-codes.ts";
import { withoutUnstoredValue } from "../errors/failed-refresh.ts";
import type { SecretsErrorReason } from "../errors/reasons.ts";
import { isSecretsError, type SecretsError } from "../errors/secrets-error.ts";

/**
 * The outcome of traced work: `success`, the code of the error, or `CALLER_FAILED` when a function of the caller threw, such
 * as the one passed to `update`.
 */
export type EventOutcome = "success" | "CALLER_FAILED" | SecretsErrorCode;

/**
 * What every event of the channels contains. One object is published at the start and at the end, which adds these members:
 * all are absent at the start. It never contains the value of a secret. What a function of the caller throws is left out,
 * unless it is a SecretsError.
 */
export interface TracedEvent {
  /** How the work ended. */
  outcome?: EventOutcome;
  /** The duration in milliseconds. */
  duration?: number;
  /** The reason within the code of the error. Absent: there is none. */
  reason?: SecretsErrorReason;
  /** Whether the work can succeed later without a change. Absent: it did not fail with a SecretsError. */
  retryable?: boolean;
  /** The error, without the value that `unstoredValue` returns for the caller. Absent: it did not fail with a SecretsError. */
  error?: SecretsError;
}

/** Adds to an event what is known when the work has ended. */
type Completion<Event, Result> = (event: Event, result: Result | undefined) => void;

/** Publishes the events of one channel. */
export interface EventPublisher<Event extends TracedEvent> {
  /**
   * Runs work whose start and end are published, in the context of the subscribers.
   *
   * @param describe creates the event. It is called only if there is a subscriber
   * @param work returns the result, or fails. It never fails because of a subscriber
   * @param complete adds to the event at its end. The result is undefined when the work failed
   * @example
   * await loginEvents.trace(() => ({ manager: "ACME", isBackground: false }), () => logIn());
   */
  trace<Result>(
    describe: () => Event,
    work: () => Promise<Result>,
    complete?: Completion<Event, Result>,
  ): Promise<Result>;
}

/** Traced work of several steps. */
export interface OpenEvent {
  /** Runs a step of the work in the context of the subscribers. */
  run<Result>(step: () => Promise<Result>): Promise<Result>;
  /** @param error why the work failed. Absent: it succeeded */
  end(error?: unknown): void;
}

/**
 * One tracing channel. The events are published by hand, since `tracePromise` of Node publishes the result, which may be a
 * secret. No subscriber changes the result of the work: Node catches what it throws, and emits it as an uncaught exception of
 * the process.
 */
export class EventChannel<Event extends TracedEvent> implements EventPublisher<Event> {
  readonly #channel: TracingChannel<unknown, object>;
  readonly #otherFailure: EventOutcome;

  /**
   * @param subject the last part of the name of the channel
   * @param otherFailure the outcome of work that failed with an error other than a SecretsError
   */
  constructor(subject: string, otherFailure: "CALLER_FAILED" | "INTERNAL") {
    this.#channel = tracingChannel(`archestra.secrets.${subject}`);
    this.#otherFailure = otherFailure;
  }

  /** Whether events are published: without a subscriber, none is created. */
  get hasSubscribers(): boolean {
    // Not every runtime has this member of the tracing channel itself.
    const { start, end, asyncStart, asyncEnd, error } = this.#channel;
    return (
      start.hasSubscribers ||
      asyncEnd.hasSubscribers ||
      end.hasSubscribers ||
      asyncStart.hasSubscribers ||
      error.hasSubscribers
    );
  }

  trace<Result>(
    describe: () => Event,
    work: () => Promise<Result>,
    complete?: Completion<Event, Result>,
  ): Promise<Result> {
    if (!this.hasSubscribers) return work();
    const event = describe();
    let traced: Promise<Result> | undefined;
    this.#start(event, () => {
      traced = this.#watch(event, work, complete);
    });
    return traced ?? this.#watch(event, work, complete);
  }

  /** Publishes the start of work of several steps. Undefined: there is no subscriber. */
  open(describe: () => Event, complete?: (event: Event) => void): OpenEvent | undefined {
    if (!this.hasSubscribers) return undefined;
    const event = describe();
    const startedAt = performance.now();
    let inContext: ReturnType<typeof AsyncLocalStorage.snapshot> = (step, ...parameters) =>
      step(...parameters);
    this.#start(event, () => {
      inContext = AsyncLocalStorage.snapshot();
      this.#channel.end.publish(event);
    });
    return {
      run: (step) => inContext(step),
      end: (error) =>
        inContext(() => {
          this.#describeEnd(event, startedAt, error, () => complete?.(event));
          this.#publishEnd(event, error !== undefined);
        }),
    };
  }

  /** A store that a subscriber bound can throw, in place of the work or after it. */
  #start(event: Event, begin: () => void): void {
    try {
      this.#channel.start.runStores(event, begin);
    } catch {
      // The work begins without that store.
    }
  }

  async #watch<Result>(
    event: Event,
    work: () => Promise<Result>,
    complete: Completion<Event, Result> | undefined,
  ): Promise<Result> {
    const startedAt = performance.now();
    try {
      const running = work();
      this.#channel.end.publish(event);
      const result = await running;
      this.#describeEnd(event, startedAt, undefined, () => complete?.(event, result));
      this.#publishEnd(event, false);
      return result;
    } catch (error) {
      this.#describeEnd(event, startedAt, error, () => complete?.(event, undefined));
      this.#publishEnd(event, true);
      throw error;
    }
  }

  #describeEnd(event: TracedEvent, startedAt: number, error: unknown, complete: () => void): void {
    try {
      event.duration = performance.now() - startedAt;
      if (error === undefined) event.outcome = "success";
      else if (isSecretsError(error)) describeError(event, error);
      else event.outcome = this.#otherFailure;
      complete();
    } catch {
      // A subscriber froze the event.
    }
  }

  #publishEnd(event: Event, isFailed: boolean): void {
    if (isFailed) this.#channel.error.publish(event);
    this.#channel.asyncStart.publish(event);
    this.#channel.asyncEnd.publish(event);
  }
}

function describeError(event: TracedEvent, error: SecretsError): void {
  const { code, reason, retryable } = error;
  event.outcome = code;
  if (reason !== undefined) event.reason = reason;
  event.retryable = retryable;
  event.error = withoutUnstoredValue(error);
}
