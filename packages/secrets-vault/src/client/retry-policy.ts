import { setTimeout as sleep } from "node:timers/promises";

/** How often one call is sent at most, the first time included. */
export const ATTEMPTS = 4;
/** The same for one who wants to be told soon: a connection that had been cut says nothing of Vault. */
export const BRIEF_ATTEMPTS = 2;

const FIRST_LONGEST_WAIT = 100;
const LONGEST_WAIT = 5_000;
const GROWTH = 5;
/** A fifth of the calls may be repeated, so that a Vault in trouble is not troubled with several times the load. */
const REPEATS_PER_CALL = 0.2;
const REPEATS_AT_ONCE = 100;

/**
 * How long to wait before the next attempt, in milliseconds: a random time up to 100 ms, then 500 ms, then 2.5 s
 * ("full jitter"), or what the server asks for.
 *
 * @param attempt 0 after the first
 * @param retryAfter seconds, as the header has them. Absent: the server asks for nothing
 */
export function waitBeforeRetry(attempt: number, retryAfter: string | undefined): number {
  const asked = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  const jittered = Math.random() * Math.min(LONGEST_WAIT, FIRST_LONGEST_WAIT * GROWTH ** attempt);
  // OpenBao rounds down: 0 is up to a second.
  return asked >= 0 ? Math.max(1, asked) * 1_000 + jittered : jittered;
}

/** The manager keeps so much of a call's time, at most five seconds, for finding out what became of a write. */
const KEPT_FOR_READING_BACK = 0.2;
const MOST_KEPT = 5_000;

/**
 * Whether a wait ends before the signal of a call aborts. One that does not is not begun, so that the caller is told at
 * once what is the matter, and not later that the time is over.
 */
export function endsInTime(wait: number, startedAt: number, deadline: number): boolean {
  const kept = Math.min(MOST_KEPT, (deadline - startedAt) * KEPT_FOR_READING_BACK);
  return Date.now() + wait < deadline - kept;
}

/** What may be repeated: something for each call, up to a stock. */
export class RetryBudget {
  #left = REPEATS_AT_ONCE;

  called(): void {
    this.#left = Math.min(REPEATS_AT_ONCE, this.#left + REPEATS_PER_CALL);
  }

  take(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

const LONGEST_WAIT_AFTER_COLLISION = 100;

/**
 * Waits a random time that grows with the attempts, so that two who wrote at the same time do not do so again.
 *
 * @throws the signal's reason when it aborts meanwhile
 */
export async function waitAfterCollision(attempt: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_WAIT_AFTER_COLLISION, 2 ** attempt);
  await sleep(Math.random() * longest, undefined, { signal }).catch(() => signal.throwIfAborted());
}
