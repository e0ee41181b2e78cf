import { setTimeout as sleep } from "node:timers/promises";
import { isBusy } from "./sqlite-error.ts";

const LONGEST_PAUSE_MILLISECONDS = 40;

/**
 * Runs statements until no other process holds the lock. The wait is ours and asynchronous: SQLite's own would stop the
 * event loop.
 *
 * @param waiting its `signal` ends the waiting, with its reason: a statement that found the lock taken has done nothing
 */
export async function retryWhenBusy<Result>(
  waiting: { readonly signal: AbortSignal },
  run: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    waiting.signal.throwIfAborted();
    const pause = 1 + Math.random() * LONGEST_PAUSE_MILLISECONDS;
    await sleep(pause, undefined, { signal: waiting.signal }).catch(() => waiting.signal.throwIfAborted());
  }
}
