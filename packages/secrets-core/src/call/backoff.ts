import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_MILLISECONDS = 100;

/**
 * Waits a random time that grows with the attempts, up to 100 milliseconds, so that two colliding calls do not collide again.
 *
 * @param attempt how many attempts have failed
 * @param signal ends the wait
 * @throws the signal's reason when it aborts
 * @example
 * for (let attempt = 1; !(await write(context)); attempt++) await backoff(attempt, context.signal);
 */
export async function backoff(attempt: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_MILLISECONDS, 2 ** attempt);
  await sleep(Math.random() * longest, undefined, { signal }).catch(() => signal.throwIfAborted());
}
