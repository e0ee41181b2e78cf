import { setImmediate as nextTurn } from "node:timers/promises";

const LONGEST_MILLISECONDS = 10;

/**
 * Lets timers, requests and other work have their turn between statements that run within the process. Without it a loop
 * of calls, each of which is over before it is waited for, would keep the event loop to itself.
 */
export class EventLoopTurns {
  /** When the first statement of this turn came, as `performance.now()` has it. */
  #startedAt: number | undefined;

  /** To be waited for before the next statement. Undefined: the turn is young, and there is nothing to wait for. */
  next(): Promise<void> | undefined {
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now();
      setImmediate(() => {
        this.#startedAt = undefined;
      });
      return undefined;
    }
    return performance.now() - this.#startedAt < LONGEST_MILLISECONDS ? undefined : this.#nextTurn();
  }

  async #nextTurn(): Promise<void> {
    await nextTurn();
    // Also where tests of an application replaced the global timers, which then never run.
    this.#startedAt = undefined;
  }
}
