import type { CallContext } from "../backend/backend.ts";
import { SecretsError } from "../errors/secrets-error.ts";

/**
 * Stops a change past its deadline before its next step at an external manager. After this process was suspended, another
 * process may have taken the change over, and the step could delete or overwrite a later value. The timer that ends the call
 * fires too late then.
 *
 * @param manager the manager of the next step
 * @throws SecretsError OUTCOME_UNKNOWN when the deadline has passed
 */
export function assertInTime({ deadline }: CallContext, manager: { readonly id: string }): void {
  if (Date.now() < deadline) return;
  const message =
    "This process was suspended during a change, past its deadline. Another process may have completed or reverted the change. Read the secret before you repeat it.";
  throw new SecretsError("OUTCOME_UNKNOWN", message, { manager: manager.id });
}
