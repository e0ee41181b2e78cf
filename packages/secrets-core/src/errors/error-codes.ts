/**
 * Every code that a {@link SecretsError} can carry. Codes are stable within a major version; messages are not.
 * `docs/errors.md` has a section for each code: when it is thrown, what to do, and whether to retry.
 */
export type SecretsErrorCode =
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "CONFLICT"
  | "INVALID_ARGUMENT"
  | "INVALID_CONFIGURATION"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED"
  | "UNAVAILABLE"
  | "RATE_LIMITED"
  | "TIMEOUT"
  | "ABORTED"
  | "DECRYPTION_FAILED"
  | "INVALID_VALUE"
  | "OUTCOME_UNKNOWN"
  | "REFRESH_FAILED"
  | "UNSUPPORTED"
  | "CLOSED"
  | "INTERNAL";

interface CodeMeaning {
  /** Whether the same call can succeed later without a change of its arguments or the configuration. */
  readonly retryable: boolean;
  /** The message of an error that a plugin did not throw as a SecretsError. */
  readonly meaning: string;
}

export const errorCodes: Readonly<Record<SecretsErrorCode, CodeMeaning>> = {
  NOT_FOUND: { retryable: false, meaning: "the secret does not exist" },
  ALREADY_EXISTS: { retryable: false, meaning: "a secret of this name already exists" },
  CONFLICT: {
    retryable: true,
    meaning: "the secret was modified since it was read; read it again and retry",
  },
  INVALID_ARGUMENT: { retryable: false, meaning: "the store does not accept this name or value" },
  INVALID_CONFIGURATION: { retryable: false, meaning: "the configuration is wrong" },
  UNAUTHENTICATED: { retryable: false, meaning: "the store refused the credentials" },
  PERMISSION_DENIED: { retryable: false, meaning: "the credentials do not permit this" },
  UNAVAILABLE: {
    retryable: true,
    meaning: "the store is unreachable or does not serve requests at the moment",
  },
  RATE_LIMITED: { retryable: true, meaning: "the store limits the rate of requests" },
  TIMEOUT: { retryable: true, meaning: "the deadline passed; nothing was changed" },
  ABORTED: { retryable: false, meaning: "the call was aborted; nothing was changed" },
  DECRYPTION_FAILED: { retryable: false, meaning: "the stored value cannot be decrypted" },
  INVALID_VALUE: { retryable: false, meaning: "the stored value does not have the expected shape" },
  OUTCOME_UNKNOWN: {
    retryable: false,
    meaning: "the change was sent, but its outcome is unknown; read the secret before you repeat it",
  },
  REFRESH_FAILED: { retryable: true, meaning: "no new value could be obtained" },
  UNSUPPORTED: { retryable: false, meaning: "the store does not support this operation" },
  CLOSED: { retryable: false, meaning: "the secrets manager is closed" },
  INTERNAL: {
    retryable: false,
    meaning: "the store failed with an error that its plugin does not recognize",
  },
};

/** Returns whether a value is a code, for errors from a plugin or from another copy of this package. */
export function isSecretsErrorCode(code: unknown): code is SecretsErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}
