import { open, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type CallContext, SecretsError } from "@archestra/secrets-core/plugin";

/** A lock is held for milliseconds; the process that left one of this age behind has most likely died. */
const ABANDONED_MILLISECONDS = 10_000;
const RETRY_MILLISECONDS = 5;

/**
 * Runs a change of a file while no other process changes it. The lock is a file that only one process can create. An
 * abandoned lock is never removed here: two processes that did so at the same time would both hold it.
 */
export async function withLock<Result>(
  path: string,
  { signal }: CallContext,
  change: () => Promise<Result>,
): Promise<Result> {
  const lock = `${path}.lock`;
  while (!(await take(lock))) {
    if (await isAbandoned(lock)) {
      throw new SecretsError(
        "UNAVAILABLE",
        `The lock ${lock} is older than ten seconds. If no process uses it any more, remove the file.`,
        { reason: "ABANDONED_LOCK" },
      );
    }
    await sleep(RETRY_MILLISECONDS * (1 + Math.random()), undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
  try {
    signal.throwIfAborted();
    return await change();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  const found = await stat(lock).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MILLISECONDS;
}
