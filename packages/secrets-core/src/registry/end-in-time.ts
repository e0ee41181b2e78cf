import { SecretsError } from "../errors/secrets-error.ts";

/** How long a plugin may clean up after its start was aborted before it is no longer waited for. */
const ABORT_GRACE = 5_000;
/** How long a plugin may take to close. */
export const CLOSE_TIMEOUT = 10_000;

/**
 * Waits for a plugin to open. One that goes on after the signal aborted has a few seconds to clean up. Then the wait ends,
 * and what it opens late is disposed of.
 *
 * @throws the signal's reason when it ended the wait
 */
export async function openedInTime<Product>(
  opening: Promise<Product>,
  signal: AbortSignal,
  dispose: (late: Product) => Promise<void>,
): Promise<Product> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  let isGivenUp = false;
  const givenUp = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = setTimeout(() => {
        isGivenUp = true;
        reject(signal.reason);
      }, ABORT_GRACE);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  opening.then(
    (late) => (isGivenUp ? dispose(late).catch(() => undefined) : undefined),
    () => undefined,
  );
  try {
    return await Promise.race([opening, givenUp]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Waits for a plugin to close.
 *
 * @throws SecretsError TIMEOUT, reason CLOSE_NOT_ENDED, when it takes too long
 */
export async function closedInTime(closing: Promise<void>, plugin: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(notClosed(plugin)), CLOSE_TIMEOUT);
  });
  try {
    await Promise.race([closing, late]);
  } finally {
    clearTimeout(timer);
  }
}

function notClosed(plugin: string): SecretsError {
  return new SecretsError(
    "TIMEOUT",
    `The plugin ${plugin} did not close within ${CLOSE_TIMEOUT / 1_000} seconds. Everything else is closed; connections of this plugin may stay open until the process ends.`,
    { reason: "CLOSE_NOT_ENDED", retryable: false },
  );
}
