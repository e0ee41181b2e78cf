import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError } from "../errors/secrets-error.ts";

const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 2_000;
/** If all work is rejected for this long, the limit is not temporary. */
const GIVE_UP_MILLISECONDS = 60_000;

/**
 * Limits the concurrency of work while a manager rejects it with RATE_LIMITED: after a pause, half of the concurrency, which
 * then grows slowly, as in TCP ("additive increase, multiplicative decrease", RFC 5681). Work of several steps that is
 * rejected restarts from its beginning, so at full concurrency little work would finish.
 */
export class RateLimiter {
  readonly #maximum: number;
  /** The current limit, of which the whole part applies. */
  #limit: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #pause = 0;
  #resumesAt = 0;
  #acceptedAt = 0;

  /** @param maximum the highest concurrency */
  constructor(maximum: number) {
    this.#maximum = maximum;
    this.#limit = maximum;
  }

  /**
   * Runs work within the limit, and repeats it while it is rejected with RATE_LIMITED.
   *
   * @param signal ends a pause; the work itself must check it
   * @throws the error of the work; RATE_LIMITED when all work is rejected for a minute
   */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    const startedAt = performance.now();
    for (;;) {
      await this.#acquire(signal);
      try {
        const result = await work();
        this.#recover();
        return result;
      } catch (error) {
        const isRejected = isSecretsError(error, "RATE_LIMITED");
        if (!isRejected) this.#acceptedAt = performance.now();
        const since = Math.max(startedAt, this.#acceptedAt);
        if (!isRejected || performance.now() - since > GIVE_UP_MILLISECONDS) throw error;
        this.#slowDown();
      } finally {
        this.#running--;
        this.#wake();
      }
    }
  }

  async #acquire(signal: AbortSignal | undefined): Promise<void> {
    while (this.#running >= Math.floor(this.#limit)) {
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
    const free = Math.floor(this.#limit) - this.#running;
    if (free <= 0) return;
    for (const resume of this.#waiting.splice(0, free)) resume();
  }

  #recover(): void {
    this.#acceptedAt = performance.now();
    this.#pause = 0;
    this.#limit = Math.min(this.#maximum, this.#limit + 1 / this.#limit);
  }

  /** Concurrent rejections reduce the limit once. */
  #slowDown(): void {
    const now = performance.now();
    if (now < this.#resumesAt) return;
    this.#limit = Math.max(1, this.#limit / 2);
    this.#pause = Math.min(Math.max(FIRST_PAUSE_MILLISECONDS, 2 * this.#pause), LONGEST_PAUSE_MILLISECONDS);
    this.#resumesAt = now + this.#pause;
  }
}
