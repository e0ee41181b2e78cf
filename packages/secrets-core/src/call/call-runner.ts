import type { Logger } from "../backend/logger.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import type { OptionNames } from "../registry/option-names.ts";
import { type CallEvent, publishEnd, publishStart } from "./call-events.ts";
import { CallerError } from "./caller-code.ts";
import { type CallLimits, RunningCall } from "./running-call.ts";
import { wrapError } from "./wrap-error.ts";

/** One call on its way to the store. */
export interface Call {
  readonly operation: string;
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The one way from the manager to where the secrets are. Every call through it has a deadline, is refused once the manager is
 * closed, is counted until it ends, is traced, and fails with an error of ours.
 */
export class CallRunner {
  readonly #manager: string;
  readonly #limits: CallLimits;
  readonly #logger: Logger;
  /** How messages that leave the manager name its settings. */
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
  run<Result>(call: Call, body: (running: RunningCall) => Promise<Result>): Promise<Result> {
    const event = publishStart(call.operation, this.#manager, call.name);
    if (event === undefined) return this.step(call, this.begin(call), body);
    return this.#traced(event, () => this.step(call, this.begin(call), body));
  }

  /** A deadline and a signal for a call whose steps are then run one by one. */
  begin(call: Call): RunningCall {
    return new RunningCall(this.#limits, this.#logger, call.signal);
  }

  /** Runs one step of a call: only while it runs does closing wait for it. */
  async step<Result>(
    call: Call,
    running: RunningCall,
    body: (running: RunningCall) => Promise<Result>,
  ): Promise<Result> {
    try {
      if (this.#closed) throw closedError();
      this.#active.add(running);
      return await running.run(() => body(running));
    } catch (error) {
      if (error instanceof CallerError) throw error.original;
      throw this.wrap(error, call);
    } finally {
      this.#active.delete(running);
      if (this.#active.size === 0) this.#onIdle?.();
    }
  }

  /** An error in the shape that leaves the manager. */
  wrap(error: unknown, call: Call): SecretsError {
    return this.names.inError(wrapError(error, this.#failedCall(call)));
  }

  /** Refuses new calls, waits for those under way, and aborts what is left when the time is over. */
  async drain(timeout: number): Promise<void> {
    this.#closed = true;
    if (this.#active.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    const timer = setTimeout(() => {
      for (const running of this.#active) running.abort(closingError());
    }, timeout);
    await idle;
    clearTimeout(timer);
  }

  async #traced<Result>(event: CallEvent, body: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    try {
      const result = await body();
      publishEnd(event, "success", startedAt);
      return result;
    } catch (error) {
      publishEnd(event, isSecretsError(error) ? error.code : "CALLER_FAILED", startedAt);
      throw error;
    }
  }

  #failedCall({ operation, name }: Call): {
    operation: string;
    manager: string;
    secretName?: string | undefined;
  } {
    return { operation, manager: this.#manager, secretName: name };
  }
}

function closedError(): SecretsError {
  return new SecretsError("CLOSED", "The secrets manager is closed. Create a new one, or close it later.");
}

function closingError(): SecretsError {
  return new SecretsError(
    "ABORTED",
    "The secrets manager was closed before the call ended; nothing was changed.",
  );
}
