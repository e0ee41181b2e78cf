import { errorCodes, type SecretsErrorCode } from "./error-codes.ts";
import { printableMessage, printableText } from "./printable-text.ts";
import type { SecretsErrorReason } from "./reasons.ts";
import { type SanitizedCause, sanitizeCause } from "./sanitized-cause.ts";

/** Marks every SecretsError, whichever copy of this package created it. */
const brand = Symbol.for("@archestra/secrets-core/SecretsError");

/** Longer than any valid name, so that valid names are never truncated. */
const LONGEST_NAME = 1_024;

/** Details of an error beside its code and its message. */
export interface SecretsErrorOptions {
  /** A machine-readable reason within the code, such as `NAME_TOO_LONG` or `UNDECRYPTABLE`. Absent: there is none. */
  readonly reason?: SecretsErrorReason | undefined;
  /** Whether the same call can succeed later without a change. @default depends on the code */
  readonly retryable?: boolean | undefined;
  /** The failed call, such as `get`. Absent: the manager adds it. */
  readonly operation?: string | undefined;
  /** The id of the manager, such as `DB`. Absent: the manager adds it. */
  readonly manager?: string | undefined;
  /** The name of the secret. Absent: the call concerns no single secret, or the manager adds it. */
  readonly secretName?: string | undefined;
  /** The underlying error. Only a sanitized copy is kept. */
  readonly cause?: unknown;
}

/**
 * The error that calls and plugins throw for everything except programming mistakes, which are `TypeError`.
 *
 * Use {@link isSecretsError} to recognize it, not `instanceof`: an application may contain two copies of this package.
 * It never contains a value, a key, a token, or the body of a request or response.
 *
 * @example
 * throw new SecretsError("PERMISSION_DENIED", "The role cannot read the table. Grant SELECT.");
 */
export class SecretsError extends Error {
  /** The stable code. */
  readonly code: SecretsErrorCode;
  /** Whether the same call can succeed later without a change. */
  readonly retryable: boolean;
  /** The stable reason within the code. */
  declare readonly reason?: SecretsErrorReason;
  /** The failed call, such as `get`. */
  declare readonly operation?: string;
  /** The id of the manager, such as `DB`. */
  declare readonly manager?: string;
  /** The name of the secret. An invalid name is escaped. */
  declare readonly secretName?: string;
  /** The name, code and status of the underlying error. */
  declare readonly cause?: SanitizedCause;

  /**
   * @param code the stable code
   * @param message says what failed, why, and what to do. It must not quote a value
   * @param options further details
   */
  constructor(code: SecretsErrorCode, message: string, options: SecretsErrorOptions = {}) {
    super(
      printableMessage(message),
      options.cause === undefined ? undefined : { cause: sanitizeCause(options.cause) },
    );
    this.code = code;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    if (options.reason !== undefined) this.reason = options.reason;
    if (options.operation !== undefined) this.operation = options.operation;
    if (options.manager !== undefined) this.manager = printableText(options.manager);
    if (options.secretName !== undefined) this.secretName = printableText(options.secretName, LONGEST_NAME);
  }

  static {
    // Bundlers rename the class.
    this.prototype.name = "SecretsError";
    Object.defineProperty(this, "name", { value: "SecretsError" });
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /** Returns everything that is safe to log, without the stack. */
  toJSON(): Record<string, unknown> {
    const { name, message, code, retryable, reason, operation, manager, secretName, cause } = this;
    return { name, message, code, retryable, reason, operation, manager, secretName, cause };
  }
}

/**
 * Returns whether a thrown value is a SecretsError of any copy of this package.
 *
 * @param error the thrown value
 * @param code the code that it must have. Absent: any
 * @example
 * try {
 *   await secrets.create("github_token", { token });
 * } catch (error) {
 *   if (!isSecretsError(error, "ALREADY_EXISTS")) throw error;
 * }
 */
export function isSecretsError<Code extends SecretsErrorCode = SecretsErrorCode>(
  error: unknown,
  code?: Code,
): error is SecretsError & { readonly code: Code } {
  if (typeof error !== "object" || error === null) return false;
  const branded = error as { readonly [brand]?: unknown; readonly code?: unknown };
  return branded[brand] === true && (code === undefined || branded.code === code);
}

/** Returns whether the outcome of the change that failed with this error is unknown. */
export function isOutcomeUnknown(error: unknown): boolean {
  return !isSecretsError(error) || error.code === "OUTCOME_UNKNOWN" || error.code === "INTERNAL";
}
