import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError } from "../errors/secrets-error.ts";

const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 2_000;
/** How long nothing at all may get through. Then whoever limits it means more than the pace. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * How much work is done at the same time while a manager says that it is asked too often: half as much from then on, after a
 * pause, and slowly more as it goes well, as TCP does it ("additive increase, multiplicative decrease", RFC 5681). Work of
 * several steps that is refused in the middle begins anew, so as much as before would get little done.
 */
export class RateLimiter {
  readonly #most: number;
  /** How many pieces may run; a fraction is on its way to one more. */
  #allowed: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #pause = 0;
  #resumesAt = 0;
  #answeredAt = 0;

  /** @param most how many pieces of work run at the same time at most */
  constructor(most: number) {
    this.#most = most;
    this.#allowed = most;
  }

  /**
   * Runs a piece of work when it is its turn, and again while it is refused for the pace.
   *
   * @param signal ends a pause; the work itself has to refuse then
   * @throws what the work throws; RATE_LIMITED when all work is refused for a minute
   */
  async keep<Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    const startedAt = performance.now();
    for (;;) {
      await this.#turn(signal);
      try {
        const result = await work();
        this.#goOn();
        return result;
      } catch (error) {
        const isRefused = isSecretsError(error, "RATE_LIMITED");
        if (!isRefused) this.#answeredAt = performance.now();
        const since = Math.max(startedAt, this.#answeredAt);
        if (!isRefused || performance.now() - since > PATIENCE_MILLISECONDS) throw error;
        this.#slowDown();
      } finally {
        this.#running--;
        this.#wake();
      }
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    while (this.#running >= Math.floor(this.#allowed)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    const resumesAt = this.#resumesAt;
    // A timer may fire a fraction of a millisecond early.
    for (;;) {
      const left = resumesAt - performance.now();
      if (left <= 0 || signal?.aborted) return;
      await sleep(Math.ceil(left), undefined, { signal }).catch(() => undefined);
    }
  }

  #wake(): void {
    const free = Math.floor(this.#allowed) - this.#running;
    if (free <= 0) return;
    for (const resume of this.#waiting.splice(0, free)) resume();
  }

  #goOn(): void {
    this.#answeredAt = performance.now();
    this.#pause = 0;
    this.#allowed = Math.min(this.#most, this.#allowed + 1 / this.#allowed);
  }

  /** Those who are refused together slow it down once. */
  #slowDown(): void {
    const now = performance.now();
    if (now < this.#resumesAt) return;
    this.#allowed = Math.max(1, this.#allowed / 2);
    this.#pause = Math.min(Math.max(FIRST_PAUSE_MILLISECONDS, 2 * this.#pause), LONGEST_PAUSE_MILLISECONDS);
    this.#resumesAt = now + this.#pause;
  }
}
