import { SecretsError } from "@archestra/secrets-core/plugin";

/** A change was sent, no answer came, and reading back did not show what became of it. */
export function outcomeUnknown(told: unknown): SecretsError {
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    "The change was sent to Vault, its answer did not come, and reading back does not show whether it happened. Read the secret before you repeat the change.",
    { cause: told },
  );
}

/** What is left until the caller stops waiting, for finding out what became of a change although the signal has aborted. */
export function reserveOf(deadline: number): { readonly signal: AbortSignal; readonly deadline: number } {
  const left = Math.max(1, deadline - Date.now());
  return { signal: AbortSignal.timeout(left), deadline };
}
