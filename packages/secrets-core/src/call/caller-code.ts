import type { SecretValue } from "../secret/secret.ts";
import { copySecretValue } from "../secret/secret-value.ts";

/** Carries an error of the caller's own code, such as the function passed to `update`, out unchanged. */
export class CallerError extends Error {
  readonly original: unknown;

  constructor(original: unknown) {
    super("The caller's own code failed.");
    this.original = original;
  }
}

/** The next value of a secret, as the caller's function makes it from the current one. */
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
