import { isSecretsError } from "../errors/secrets-error.ts";

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
    if (isRefusedByEntry(error)) return undefined;
    throw error;
  }
}

/** Whether the table's own manager refused a change because of what the entry says. */
export function isRefusedByEntry(error: unknown): boolean {
  if (!isSecretsError(error)) return false;
  const { reason } = error;
  return reason === "OTHER_MANAGER" || reason === "IN_TRANSITION" || reason === "HAS_COPY";
}
