import type { CallContext, SecretsBackend } from "../backend/backend.ts";
import { errorCodes, isSecretsErrorCode, type SecretsErrorCode } from "../errors/error-codes.ts";
import { explainFailedImport } from "../errors/failed-import.ts";
import { printableText, quotedText } from "../errors/printable-text.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";

/** The call that an error ended. */
export interface FailedCall {
  readonly operation: string;
  readonly manager: string;
  readonly secretName?: string | undefined;
}

type Classifier = Pick<SecretsBackend, "classify" | "location">;

/** Gives every error that leaves the manager one shape: which call, which manager, which secret, and nothing foreign. */
export function wrapError(error: unknown, call: FailedCall, classifier: Classifier = {}): SecretsError {
  if (isSecretsError(error)) return completeError(error, call);
  const { code, words, reason } = foreignError(error, classifier);
  return new SecretsError(code, describeCall(call, words), { ...call, reason, cause: error });
}

/**
 * Says of an error that a backend threw which manager it came from; the rest is for {@link wrapError} to say. What a client
 * library throws when it is aborted is left as it is, as only the call knows what it means.
 */
export function attributeError(
  error: unknown,
  manager: string,
  classifier: Classifier,
  context?: CallContext,
): unknown {
  if (isSecretsError(error)) return error.manager === undefined ? withManager(error, manager) : error;
  if (isForeignAbort(error) && context?.signal.aborted) return error;
  const { code, words, reason } = foreignError(error, classifier);
  return new SecretsError(code, words, { reason, manager, cause: error });
}

function withManager(error: SecretsError, manager: string): SecretsError {
  if (error.name !== "SecretsError") return error;
  const { code, message, reason, retryable, operation, secretName, cause } = error;
  const attributed = new SecretsError(code, message, {
    reason,
    retryable,
    operation,
    manager,
    secretName,
    cause,
  });
  if (error.stack !== undefined) attributed.stack = error.stack;
  return attributed;
}

/** What a client library throws when a signal ends what it is doing. */
export function isForeignAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

/** Errors of ours come with their own words; what they cannot know is which call they ended. */
function completeError(error: SecretsError, call: FailedCall): SecretsError {
  // One with more fields, such as a ConfigurationError, or one that has passed here before, stays what it is.
  if (error.operation !== undefined || error.name !== "SecretsError") return error;
  const { code, reason, retryable, secretName = call.secretName, manager = call.manager } = error;
  const complete = new SecretsError(code, describeCall({ ...call, secretName, manager }, error.message), {
    reason,
    retryable,
    operation: call.operation,
    manager,
    secretName,
    cause: error.cause,
  });
  if (error.stack !== undefined) complete.stack = error.stack.replace(error.message, () => complete.message);
  return complete;
}

function describeCall({ operation, manager, secretName }: FailedCall, words: string): string {
  const subject = secretName === undefined ? "" : ` ${quotedText(secretName)}`;
  return `${operation}${subject} (${printableText(manager)}): ${words}`;
}

/** What is told of an error without words of ours: its own may hold anything, unless a module could not be loaded. */
function foreignError(
  error: unknown,
  classifier: Classifier,
): { readonly code: SecretsErrorCode; readonly words: string; readonly reason?: string } {
  const failed = explainFailedImport(error);
  if (failed !== undefined) {
    return { code: "INVALID_CONFIGURATION", words: failed.message, reason: failed.reason };
  }
  const classified = classifySafely(error, classifier);
  const code = isSecretsErrorCode(classified) ? classified : "INTERNAL";
  const place = classifier.location === undefined ? "" : ` The store is ${classifier.location}.`;
  return { code, words: `${errorCodes[code].meaning}.${place}` };
}

/** A classifier that throws has not classified. */
function classifySafely(error: unknown, classifier: Classifier): unknown {
  try {
    return classifier.classify?.(error);
  } catch {
    return undefined;
  }
}
