import { SecretsError } from "@archestra/secrets-core";

/** Most reads end before anybody could give up; until then they are spared a signal and its listener. */
const PATIENCE_MILLISECONDS = 20;

/**
 * Waits for statements that only read no longer than their caller does. What the server is at goes on, and its answer is
 * dropped.
 *
 * @throws the signal's reason when it aborts before
 */
export function readUntilAborted<Result>(
  waiting: { readonly signal: AbortSignal },
  run: () => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let forget = () => {};
    const timer = setTimeout(() => {
      forget = onAbort(waiting.signal, () => reject(waiting.signal.reason));
    }, PATIENCE_MILLISECONDS);
    const end = () => {
      clearTimeout(timer);
      forget();
    };
    run().then(
      (result) => {
        end();
        resolve(result);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}

/**
 * Waits for a statement that was sent and may change something: after its caller gave up, until the deadline.
 *
 * @throws SecretsError OUTCOME_UNKNOWN when it has not ended by then
 */
export function changeUntilDeadline<Result>(
  { signal, deadline }: { readonly signal: AbortSignal; readonly deadline: number },
  run: () => Promise<Result>,
): Promise<Result> {
  return race(run, (giveUp) => {
    let timer: NodeJS.Timeout | undefined;
    const forget = onAbort(signal, () => {
      timer = setTimeout(() => giveUp(stillUnderWay()), milliseconds(deadline - Date.now()));
    });
    return () => {
      clearTimeout(timer);
      forget();
    };
  });
}

/** @param watch calls its argument to end the race; what it returns is called when the race is over */
async function race<Result>(
  run: () => Promise<Result>,
  watch: (giveUp: (reason: unknown) => void) => () => void,
): Promise<Result> {
  let forget: (() => void) | undefined;
  const givenUp = new Promise<never>((_resolve, reject) => {
    forget = watch(reject);
  });
  try {
    return await Promise.race([run(), givenUp]);
  } finally {
    forget?.();
  }
}

function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) act();
  else signal.addEventListener("abort", act, { once: true });
  return () => signal.removeEventListener("abort", act);
}

/** What a timer takes. */
function milliseconds(left: number): number {
  const LONGEST = 2 ** 31 - 1;
  return Math.min(Math.max(0, left), LONGEST);
}

function stillUnderWay(): SecretsError {
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    "The database had not answered when the deadline passed, and may make the change yet. Read the secret before you repeat it.",
  );
}
