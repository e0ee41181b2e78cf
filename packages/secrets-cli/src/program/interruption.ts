import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** How long an interrupted command may take to end, in milliseconds. */
const GRACE = 700;

/**
 * The signals that end a command. The first one aborts it, the second one ends the process.
 *
 * After the first one, the command has a moment to close what it opened. A plugin takes longer for this when its store does
 * not answer, such as to revoke a token that a login may still return. An operator who presses Ctrl+C does not wait for it.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #overdue = Promise.withResolvers<void>();
  readonly #listeners = [
    ["SIGINT", () => this.#abort(exitCodes.interrupted)],
    ["SIGTERM", () => this.#abort(exitCodes.terminated)],
  ] as const;
  #works = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Undefined: no signal arrived. */
  exitCode: ExitCode | undefined;

  constructor() {
    for (const [signal, listener] of this.#listeners) process.once(signal, listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when a signal arrived and the time to end is over. */
  get overdue(): Promise<void> {
    return this.#overdue.promise;
  }

  /** Does work that must not be abandoned, and ends by itself after the signal. */
  async waitFor<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#works++;
    clearTimeout(this.#timer);
    try {
      return await work();
    } finally {
      this.#works--;
      if (this.signal.aborted) this.#startTimer();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    for (const [signal, listener] of this.#listeners) process.removeListener(signal, listener);
  }

  #abort(exitCode: ExitCode): void {
    this.exitCode = exitCode;
    this.#controller.abort();
    this.#startTimer();
  }

  #startTimer(): void {
    if (this.#works > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#overdue.resolve(), GRACE);
  }
}
