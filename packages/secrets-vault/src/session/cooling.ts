const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

/** The wait between attempts that fail: a second, doubled each time up to half a minute, minus up to a half at random. */
export class Cooling {
  #failures = 0;
  #until = 0;

  /** @param longestWait milliseconds */
  failed(longestWait = LONGEST_WAIT): void {
    const longest = Math.min(longestWait, FIRST_WAIT * 2 ** this.#failures++);
    this.#until = performance.now() + longest * (1 - Math.random() / 2);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
  }

  /** Milliseconds until the next attempt. */
  get left(): number {
    return Math.max(0, this.#until - performance.now());
  }
}
