import { errorCodes, type SecretsErrorCode } from "./error-codes.ts";
import { printableMessage, printableText } from "./printable-text.ts";
import type { SecretsErrorReason } from "./reasons.ts";
import { type SanitizedCause, sanitizeCause } from "./sanitized-cause.ts";

/** Found on every error of ours, whichever copy of this package made it. */
const brand = Symbol.for("@archestra/secrets-core/SecretsError");

/** Longer than any name that the grammar allows, whose names are never cut nor escaped. */
const LONGEST_NAME = 1_024;

/** What may be known of an error beside its code and its message. */
export interface SecretsErrorOptions {
  /** A finer, machine-readable reason within the code, such as `NAME_TOO_LONG` or `UNDECRYPTABLE`. Absent: there is none. */
  readonly reason?: SecretsErrorReason | undefined;
  /** Whether the same call can succeed later without a change by anybody. @default what the code says */
  readonly retryable?: boolean | undefined;
  /** The call that failed, such as `get`. Absent: filled in by the manager. */
  readonly operation?: string | undefined;
  /** The id of the manager in use, such as `DB`. Absent: filled in by the manager. */
  readonly manager?: string | undefined;
  /** The secret concerned. Absent: the call is not about one secret, or the manager fills it in. */
  readonly secretName?: string | undefined;
  /** The error underneath. Only a sanitised copy is kept. */
  readonly cause?: unknown;
}

/**
 * The one error that calls and plugins throw for anything that is not a programmer's mistake (those are `TypeError`).
 *
 * Recognise it with {@link isSecretsError}, never with `instanceof`: an application may hold two copies of this package.
 * It never carries a value, a key, a token, or the body of a request or an answer.
 */
export class SecretsError extends Error {
  /** What happened, as a stable code. */
  readonly code: SecretsErrorCode;
  /** Whether the same call can succeed later without a change by anybody. */
  readonly retryable: boolean;
  /** A finer reason within the code, also stable. */
  declare readonly reason?: SecretsErrorReason;
  /** The call that failed, such as `get`. */
  declare readonly operation?: string;
  /** The id of the manager concerned, such as `DB`. */
  declare readonly manager?: string;
  /** The name of the secret concerned. One that breaks the grammar is escaped. */
  declare readonly secretName?: string;
  /** A sanitised copy of the error underneath: its name, code and status. */
  declare readonly cause?: SanitizedCause;

  /**
   * @param code what happened
   * @param message what happened, to which secret, and what to try; it must not quote a value
   * @param options what else is known
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
    // Not by the class's own name: bundlers rename it, in place or when they minify.
    this.prototype.name = "SecretsError";
    Object.defineProperty(this, "name", { value: "SecretsError" });
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /** What a logger that serialises errors as JSON gets: everything that is safe, and no stack. */
  toJSON(): Record<string, unknown> {
    const { name, message, code, retryable, reason, operation, manager, secretName, cause } = this;
    return { name, message, code, retryable, reason, operation, manager, secretName, cause };
  }
}

/**
 * Whether something thrown is an error of ours, by any copy of this package, and optionally of one code.
 *
 * @param error anything
 * @param code the code that it must have. Absent: any
 */
export function isSecretsError<Code extends SecretsErrorCode = SecretsErrorCode>(
  error: unknown,
  code?: Code,
): error is SecretsError & { readonly code: Code } {
  if (typeof error !== "object" || error === null) return false;
  const branded = error as { readonly [brand]?: unknown; readonly code?: unknown };
  return branded[brand] === true && (code === undefined || branded.code === code);
}

/** Whether it is unknown what became of the change that failed with this error, also because the plugin cannot tell. */
export function isOutcomeUnknown(error: unknown): boolean {
  return !isSecretsError(error) || error.code === "OUTCOME_UNKNOWN" || error.code === "INTERNAL";
}
