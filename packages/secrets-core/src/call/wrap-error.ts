import type { CallContext, SecretsBackend } from "../backend/backend.ts";
import { errorCodes, isSecretsErrorCode } from "../errors/error-codes.ts";
import { explainFailedImport } from "../errors/failed-import.ts";
import { printableText, quotedText } from "../errors/printable-text.ts";
import { isSecretsError, SecretsError, type SecretsErrorOptions } from "../errors/secrets-error.ts";

/** The failed call. */
export interface FailedCall {
  /** The call, such as `get`. */
  readonly operation: string;
  /** The id of the manager, such as `DB`. */
  readonly manager: string;
  /** The name of the secret. Absent: the call concerns no single secret. */
  readonly secretName?: string | undefined;
}

type Classifier = Pick<SecretsBackend, "classify" | "location">;

/**
 * Converts a thrown value into a SecretsError that names the call, the manager and the secret.
 *
 * @example
 * throw wrapError(error, { operation: "open", manager: "FILES" });
 */
export function wrapError(error: unknown, call: FailedCall, classifier: Classifier = {}): SecretsError {
  const known = asSecretsError(error, classifier);
  // An error with more fields, such as a ConfigurationError, and a complete one are not copied.
  if (known.operation !== undefined || known.name !== "SecretsError") return known;
  const { secretName = call.secretName, manager = call.manager } = known;
  const complete = { operation: call.operation, secretName, manager };
  return copyError(known, describeCall(complete, known.message), complete);
}

/**
 * Adds the manager to an error of its backend. {@link wrapError} adds the rest. It does not change the abort error of a client
 * library, which only the call can interpret.
 */
export function attributeError(
  error: unknown,
  manager: string,
  classifier: Classifier,
  context?: CallContext,
): unknown {
  if (isForeignAbort(error) && context?.signal.aborted) return error;
  const known = asSecretsError(error, classifier);
  const isComplete = known.manager !== undefined || known.name !== "SecretsError";
  return isComplete ? known : copyError(known, known.message, { manager });
}

function copyError(error: SecretsError, message: string, added: SecretsErrorOptions): SecretsError {
  const { code, reason, retryable, operation, manager, secretName, cause } = error;
  const known = { reason, retryable, operation, manager, secretName, cause };
  const copy = new SecretsError(code, message, { ...known, ...added });
  if (error.stack !== undefined) copy.stack = error.stack.replace(error.message, () => copy.message);
  return copy;
}

/** Returns whether a client library threw the error because a signal aborted it. */
export function isForeignAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

function describeCall({ operation, manager, secretName }: FailedCall, message: string): string {
  const subject = secretName === undefined ? "" : ` ${quotedText(secretName)}`;
  return `${operation}${subject} (${printableText(manager)}): ${message}`;
}

/** A foreign message may contain anything. Only the message of a module loader is used. */
function asSecretsError(error: unknown, classifier: Classifier): SecretsError {
  if (isSecretsError(error)) return error;
  const failed = explainFailedImport(error);
  if (failed !== undefined) {
    return new SecretsError("INVALID_CONFIGURATION", failed.message, { reason: failed.reason, cause: error });
  }
  const classified = classifySafely(error, classifier);
  const code = isSecretsErrorCode(classified) ? classified : "INTERNAL";
  const place = classifier.location === undefined ? "" : ` The store is ${classifier.location}.`;
  return new SecretsError(code, `${errorCodes[code].meaning}.${place}`, { cause: error });
}

/** An error of a classifier means that it does not recognize the error. */
function classifySafely(error: unknown, classifier: Classifier): unknown {
  try {
    return classifier.classify?.(error);
  } catch {
    return undefined;
  }
}
