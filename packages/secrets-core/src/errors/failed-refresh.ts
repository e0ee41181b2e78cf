import { SecretsError, type SecretsErrorOptions } from "./secrets-error.ts";

/** Finds the value in the error of any copy of this package. */
const unstored = Symbol.for("@archestra/secrets-core/unstoredValue");

/**
 * The error of `refresh` when a new value was obtained and not stored: it may be the only copy. The value is in a private
 * field, which is not printed, logged or cloned; {@link unstoredValue} returns it.
 */
class UnstoredValueError extends SecretsError {
  readonly #value: unknown;

  constructor(value: unknown, code: SecretsError["code"], message: string, options: SecretsErrorOptions) {
    super(code, message, options);
    this.#value = value;
  }

  static {
    this.prototype.name = "UnstoredValueError";
    const describe = (error: UnstoredValueError) => error.#value;
    Object.defineProperty(this.prototype, unstored, {
      value(this: UnstoredValueError) {
        return describe(this);
      },
    });
  }
}

/**
 * Returns the value that the function passed to `refresh` returned and that could not be stored, when this error hands it
 * over. It is a secret: store it with `set` as soon as the store is back, and do not log it.
 *
 * @returns undefined for every other error. What the function returned, even when it is not a valid value
 * @example
 * try {
 *   await secrets.refresh("google_oauth", { isFresh, refresh });
 * } catch (error) {
 *   const value = unstoredValue(error);
 *   if (value !== undefined) await keepUntilTheStoreIsBack(value);
 *   throw error;
 * }
 */
export function unstoredValue(error: unknown): unknown {
  if (typeof error !== "object" || error === null || !(unstored in error)) return undefined;
  return (error as { [unstored](): unknown })[unstored]();
}

/** Returns an error without the value that {@link unstoredValue} returns: it is for other eyes than the caller's. */
export function withoutUnstoredValue(error: SecretsError): SecretsError {
  if (unstoredValue(error) === undefined) return error;
  const { code, message, stack, ...options } = error;
  const copy = new SecretsError(code, message, { ...options, cause: error.cause });
  if (stack !== undefined) copy.stack = stack;
  return copy;
}

/**
 * Creates the error with which the function passed to `refresh` says that the grant has ended, for example after
 * `invalid_grant`: no refresh can succeed until a new value is stored. The stored value stays, and callers receive this
 * error without another attempt until then.
 *
 * @param message what the user must do
 * @returns SecretsError REFRESH_FAILED, reason GRANT_ENDED, not retryable
 * @example
 * if (response.error === "invalid_grant") throw grantEnded("Log in to Google again.");
 */
export function grantEnded(message = "The grant has ended. Log in again."): SecretsError {
  return new SecretsError("REFRESH_FAILED", message, { reason: "GRANT_ENDED", retryable: false });
}

/** REFRESH_FAILED, reason REFRESH_PAUSED: the last attempt failed, and the next one waits. */
export function refreshPaused(pause: number, cause: unknown): SecretsError {
  const message = `The last attempt to obtain a new value failed, and the next one is made in ${Math.ceil(pause)} ms at the earliest. The stored value is unchanged.`;
  return new SecretsError("REFRESH_FAILED", message, { reason: "REFRESH_PAUSED", cause });
}

/** REFRESH_FAILED, reason FAILED_ELSEWHERE: this call waited for the attempt of another process, which failed. */
export function refreshFailedElsewhere(): SecretsError {
  const message =
    "Another process tried to obtain a new value while this call waited, and failed. The stored value is unchanged. That process has the cause; try again later.";
  return new SecretsError("REFRESH_FAILED", message, { reason: "FAILED_ELSEWHERE" });
}

/** CONFLICT, reason REFRESH_OVERTAKEN: the secret was changed while the new value was obtained, which takes precedence. */
export function refreshOvertaken(): SecretsError {
  const message =
    "The secret was changed while its new value was obtained: without an ownership table by any writer, with one only after the lease of this call had ended. The later value stays.";
  return new SecretsError("CONFLICT", message, { reason: "REFRESH_OVERTAKEN", retryable: false });
}

/** The new value was obtained, and this is why it is not stored. */
export function notStored(
  value: unknown,
  error: SecretsError,
  call: Pick<SecretsErrorOptions, "manager" | "secretName">,
): SecretsError {
  const isUnknown = error.code === "OUTCOME_UNKNOWN";
  const what = isUnknown
    ? "A new value was obtained, and it is unknown whether it was stored"
    : "A new value was obtained and not stored";
  const message = `refresh: ${what}: ${error.message} \`unstoredValue(error)\` returns it. Store it with \`set\`: it may be the only copy.`;
  const reason = error.reason ?? "REFRESH_NOT_STORED";
  return new UnstoredValueError(value, error.code, message, {
    reason,
    retryable: false,
    operation: "refresh",
    ...call,
    cause: error,
  });
}
