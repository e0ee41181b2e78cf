import type { CallContext } from "../backend/backend.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import { backoff } from "./backoff.ts";

/**
 * Repeats an attempt until it returns a result. The random pauses between attempts grow, so that two colliding calls do not
 * collide again.
 *
 * @param attempt undefined: the call collided with another one
 * @throws the error of the attempt; the signal's reason when it aborts
 */
export async function retry<Result>(
  call: Pick<CallContext, "signal" | "repeated">,
  attempt: () => Promise<Result | undefined>,
): Promise<Result> {
  for (let collisions = 0; ; collisions++) {
    call.signal.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    await backoff(collisions, call.signal);
    call.repeated?.();
  }
}

/** Runs a write under the version that was read. Undefined: another call changed or deleted the secret first. */
export async function unlessOvertaken<Result>(write: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await write();
  } catch (error) {
    if (isSecretsError(error, "NOT_FOUND")) return undefined;
    // No further statement of that transaction can succeed.
    if (!isSecretsError(error, "CONFLICT") || error.reason === "TRANSACTION_ABORTED") throw error;
    return undefined;
  }
}
