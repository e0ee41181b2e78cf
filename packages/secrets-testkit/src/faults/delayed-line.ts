/** One direction of a connection: what enters first leaves first, even if the delay shrinks in between. */
export class DelayedLine {
  readonly #waiting: { readonly due: number; readonly leave: () => void }[] = [];

  /** Calls `leave` after a delay in milliseconds, and not before earlier calls. At once, if nothing is waiting. */
  run(delay: number, leave: () => void): void {
    if (delay <= 0 && this.#waiting.length === 0) {
      leave();
      return;
    }
    this.#waiting.push({ due: performance.now() + delay, leave });
    if (this.#waiting.length === 1) this.#schedule();
  }

  #schedule(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    setTimeout(
      () => {
        first.leave();
        this.#waiting.shift();
        this.#schedule();
      },
      Math.max(0, first.due - performance.now()),
    );
  }
}
