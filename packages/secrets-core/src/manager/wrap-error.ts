import type { SecretsBackend } from "../backend/backend.ts";
import { errorCodes, isSecretsErrorCode } from "../errors/error-codes.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";

/** The call that an error ended. */
export interface FailedCall {
  readonly operation: string;
  readonly manager: string;
  readonly secretName?: string | undefined;
}

type Classifier = Pick<SecretsBackend, "classify">;

/** Gives every error that leaves the manager one shape: which call, which manager, which secret, and nothing foreign. */
export function wrapError(error: unknown, call: FailedCall, classifier: Classifier = {}): SecretsError {
  if (isSecretsError(error)) return completeError(error, call);
  const classified = classifySafely(error, classifier);
  const code = isSecretsErrorCode(classified) ? classified : "INTERNAL";
  return new SecretsError(code, describeCall(call, `${errorCodes[code].meaning}.`), {
    ...call,
    cause: error,
  });
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
  const subject = secretName === undefined ? "" : ` ${JSON.stringify(secretName)}`;
  return `${operation}${subject} (${manager}): ${words}`;
}

/** A classifier that throws has not classified. */
function classifySafely(error: unknown, classifier: Classifier): unknown {
  try {
    return classifier.classify?.(error);
  } catch {
    return undefined;
  }
}
