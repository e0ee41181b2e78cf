import { setTimeout as sleep } from "node:timers/promises";
import type { CallLimits } from "../http/call-limits.ts";

/** How often one call is sent at most, the first time included. */
export const ATTEMPTS = 4;
/** The same for a call that fails fast: a connection that was closed while idle proves nothing about Vault. */
export const FAIL_FAST_ATTEMPTS = 2;

const FIRST_LONGEST_WAIT = 100;
const LONGEST_WAIT = 5_000;
const GROWTH = 5;
/** A fifth of the calls can be repeated, so that retries do not multiply the load of a Vault that fails. */
const RETRIES_PER_CALL = 0.2;
const MOST_RETRIES = 100;

/**
 * How long to wait before the next attempt, in milliseconds: a random time up to 100 ms, then 500 ms, then 2.5 s
 * ("full jitter"), or what the server demands.
 *
 * @param attempt 0 after the first
 * @param retryAfter seconds, as the header has them. Absent: the server demands nothing
 */
export function waitBeforeRetry(attempt: number, retryAfter?: string): number {
  const demanded = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  const jittered = Math.random() * Math.min(LONGEST_WAIT, FIRST_LONGEST_WAIT * GROWTH ** attempt);
  // OpenBao rounds down: 0 is up to a second.
  return demanded >= 0 ? Math.max(1, demanded) * 1_000 + jittered : jittered;
}

/**
 * Waits before an attempt, unless the wait would outlast the call: its caller then receives the failure, and not later a
 * timeout.
 *
 * @returns false when the call ends before the wait would, or during it
 */
export async function waitWithin(milliseconds: number, limits: CallLimits): Promise<boolean> {
  const { signal, deadline, reserve = 0 } = limits;
  if (signal.aborted || Date.now() + milliseconds >= deadline - reserve) return false;
  return sleep(milliseconds, true, { signal }).catch(() => false);
}

/** How many attempts can be repeated: each call adds a fraction of one, up to a limit. */
export class RetryBudget {
  #left = MOST_RETRIES;

  add(): void {
    this.#left = Math.min(MOST_RETRIES, this.#left + RETRIES_PER_CALL);
  }

  take(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
