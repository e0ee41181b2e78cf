/** A clock that a test moves, for the timers of a broken client. */
export class VirtualClock {
  #now = 0;
  readonly #timers = new Set<{ readonly due: number; readonly fire: () => void }>();

  /** Returns a signal that aborts after a time of this clock. */
  timeout(milliseconds: number): AbortSignal {
    const controller = new AbortController();
    this.#timers.add({ due: this.#now + milliseconds, fire: () => controller.abort() });
    return controller.signal;
  }

  /** Moves the clock, and fires the timers that are due. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of this.#timers) {
      if (timer.due > this.#now) continue;
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}
