import { setTimeout as sleep } from "node:timers/promises";
import { SecretsError } from "@archestra/secrets-core";
import { EventLoopTurns } from "./event-loop-turns.ts";
import { isBusy } from "./sqlite-error.ts";

const LONGEST_PAUSE_MILLISECONDS = 40;
const LONGEST_WAIT_MILLISECONDS = 60_000;

/** There is one event loop, whatever the number of databases. */
const turns = new EventLoopTurns();

/**
 * Runs statements until no other process holds the lock. The wait is ours and asynchronous: SQLite's own would stop the
 * event loop.
 *
 * @param waiting its `signal` ends the waiting, with its reason: a statement that found the lock taken has done nothing
 * @throws SecretsError UNAVAILABLE after a minute, which only a start can reach: calls have a shorter deadline
 */
export async function retryWhenBusy<Result>(
  waiting: { readonly signal: AbortSignal },
  run: () => Promise<Result>,
): Promise<Result> {
  const turn = turns.next();
  if (turn !== undefined) await turn;
  const startedAt = performance.now();
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    waiting.signal.throwIfAborted();
    if (performance.now() - startedAt > LONGEST_WAIT_MILLISECONDS) throw lockedTooLong();
    const pause = 1 + Math.random() * LONGEST_PAUSE_MILLISECONDS;
    await sleep(pause, undefined, { signal: waiting.signal }).catch(() => waiting.signal.throwIfAborted());
  }
}

function lockedTooLong(): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    "Another process has held the lock of the SQLite database for a minute. Find it (`fuser` names the processes that have the file open), end its transaction, and start again.",
    { reason: "DATABASE_LOCKED" },
  );
}
