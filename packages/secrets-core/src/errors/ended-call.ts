import { SecretsError } from "./secrets-error.ts";

/** The error of a call after `close`. */
export function managerClosed(): SecretsError {
  return new SecretsError("CLOSED", "The secrets manager is closed. Create a new one, or close it later.");
}

/** The error of a call in progress that `close` ends. */
export function endedByClose(): SecretsError {
  const message = "The secrets manager was closed before the call ended; nothing was changed.";
  return new SecretsError("ABORTED", message);
}

/** The error of a call that its caller's signal ends. */
export function abortedByCaller(): SecretsError {
  return new SecretsError("ABORTED", "The call was aborted by its signal; nothing was changed.");
}

/**
 * The error of a call that its deadline ends.
 *
 * @param timeout the time that the call had, in milliseconds
 * @param manager the manager that was asked. Undefined: none was
 */
export function endedByDeadline(timeout: number, manager: string | undefined): SecretsError {
  const message = `The call did not end within its deadline of ${timeout} ms; nothing was changed. Try again, and see \`check()\`.`;
  return new SecretsError("TIMEOUT", message, { manager });
}

/**
 * The error of a call that ended after its change was sent.
 *
 * @param reason why it ended
 * @param manager the manager that was asked
 */
export function outcomeUnknown({ code }: SecretsError, manager: string | undefined): SecretsError {
  const why = code === "TIMEOUT" ? "The deadline passed" : "The call was aborted";
  const message = `${why} after the change was sent, and its outcome could not be found out in time. Read the secret before you repeat the change.`;
  return new SecretsError("OUTCOME_UNKNOWN", message, { manager });
}
