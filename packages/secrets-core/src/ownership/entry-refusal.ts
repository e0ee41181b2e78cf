import { isSecretsError } from "../errors/secrets-error.ts";

/** The reasons for which the table's own manager refuses a change because of what the entry says. */
const reasons: readonly unknown[] = ["OTHER_MANAGER", "IN_TRANSITION", "HAS_COPY"];

/**
 * Runs a change by the table's own manager, which checks the entry in the same statement.
 *
 * @returns undefined when the entry does not allow it: another manager owns the secret or holds a copy of it, or a
 * transition is in progress. The caller reads the entry
 */
export async function ifEntryAllows<Result>(change: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await change();
  } catch (error) {
    if (isSecretsError(error) && reasons.includes(error.reason)) return undefined;
    throw error;
  }
}
