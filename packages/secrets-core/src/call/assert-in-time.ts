import type { CallContext } from "../backend/backend.ts";
import { SecretsError } from "../errors/secrets-error.ts";

/**
 * Stops a change whose time is over before it goes on at an external manager. A process that stood still for so long, such
 * as in a suspended machine, may find that others took its change over long ago, and would delete or overwrite what came
 * after it: timers, which would have ended the call, fire only when it is too late.
 *
 * @throws SecretsError OUTCOME_UNKNOWN when the deadline has passed
 */
export function assertInTime({ deadline }: CallContext): void {
  if (Date.now() < deadline) return;
  throw new SecretsError(
    "OUTCOME_UNKNOWN",
    "The process stood still in the middle of the change until its deadline had passed; another process may have finished it or taken it back. Read the secret before you repeat it.",
  );
}
