/**
 * Every code that a {@link SecretsError} can carry. Codes are stable within a major version; messages are not.
 * `docs/errors.md` has one heading a code: when it is thrown, what to do, whether to try again.
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
  | "UNSUPPORTED"
  | "CLOSED"
  | "INTERNAL";

/** What a code means when the error itself says nothing more exact. */
interface CodeMeaning {
  /** Whether the same call can succeed later without a change by anybody. */
  readonly retryable: boolean;
  /** The end of the sentence "‹operation› of ‹secret› failed: …", for an error that came without words of ours. */
  readonly meaning: string;
}

export const errorCodes: Readonly<Record<SecretsErrorCode, CodeMeaning>> = {
  NOT_FOUND: { retryable: false, meaning: "the secret does not exist" },
  ALREADY_EXISTS: { retryable: false, meaning: "a secret of this name exists already" },
  CONFLICT: {
    retryable: true,
    meaning: "the secret was changed meanwhile; read it again and repeat the change",
  },
  INVALID_ARGUMENT: { retryable: false, meaning: "the store cannot hold this name or value" },
  INVALID_CONFIGURATION: { retryable: false, meaning: "the configuration is wrong" },
  UNAUTHENTICATED: { retryable: false, meaning: "the store refused the credentials" },
  PERMISSION_DENIED: { retryable: false, meaning: "the credentials do not permit this" },
  UNAVAILABLE: { retryable: true, meaning: "the store cannot be reached or does not serve requests now" },
  RATE_LIMITED: { retryable: true, meaning: "the store asks for fewer requests" },
  TIMEOUT: { retryable: true, meaning: "the deadline passed; nothing was changed" },
  ABORTED: { retryable: false, meaning: "the call was aborted; nothing was changed" },
  DECRYPTION_FAILED: { retryable: false, meaning: "the stored value does not open" },
  INVALID_VALUE: { retryable: false, meaning: "the stored value is not of the expected shape" },
  OUTCOME_UNKNOWN: {
    retryable: false,
    meaning:
      "the change was sent and its outcome could not be found out; read the secret before you repeat it",
  },
  UNSUPPORTED: { retryable: false, meaning: "the store cannot do this" },
  CLOSED: { retryable: false, meaning: "the secrets manager is closed" },
  INTERNAL: { retryable: false, meaning: "the store failed in a way that its plugin does not know" },
};

/** Whether a string is one of our codes, for errors that arrive from a plugin or from another copy of this package. */
export function isSecretsErrorCode(code: unknown): code is SecretsErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}
