import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_MILLISECONDS = 100;

/**
 * Waits a random time that grows with the attempts, so that two colliding calls do not collide again.
 *
 * @throws the signal's reason when it aborts
 */
export async function backoff(attempt: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_MILLISECONDS, 2 ** attempt);
  await sleep(Math.random() * longest, undefined, { signal }).catch(() => signal.throwIfAborted());
}
