import type { SecretValue } from "../secret/secret.ts";
import { copySecretValue } from "../secret/secret-value.ts";

/** Wraps an error of the caller's own code, such as the function passed to `update`, so that it reaches the caller unchanged. */
export class CallerError extends Error {
  readonly original: unknown;

  constructor(original: unknown) {
    super("The caller's own code failed.");
    this.original = original;
  }
}

/** Returns the next value of a secret from the caller's function. */
export async function nextValue(
  change: (current: SecretValue) => unknown,
  current: SecretValue,
): Promise<SecretValue> {
  let next: unknown;
  try {
    next = await change(current);
  } catch (error) {
    throw new CallerError(error);
  }
  return copySecretValue(next as object);
}
