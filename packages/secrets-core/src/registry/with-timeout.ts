/**
 * Waits for a promise no longer than a timeout. A late result is dropped: close what it opened yourself.
 *
 * @param work the promise
 * @param timeout milliseconds
 * @param late makes the error that is thrown after the timeout
 * @throws the error of `late`, and the error of the promise
 * @example
 * const url = await withTimeout(askForUrl(), 5_000, () => new SecretsError("UNAVAILABLE", "No URL within 5 seconds."));
 */
export async function withTimeout<Result>(
  work: Promise<Result>,
  timeout: number,
  late: () => Error,
): Promise<Result> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), timeout);
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for a promise no longer than a timeout.
 *
 * @returns whether it was resolved in time
 * @throws the error of the promise
 */
export async function endsWithin(work: Promise<unknown>, timeout: number): Promise<boolean> {
  const { promise: end, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeout);
  try {
    return await Promise.race([work.then(() => true), end]);
  } finally {
    clearTimeout(timer);
  }
}
