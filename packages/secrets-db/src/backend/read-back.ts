import { setTimeout as sleep } from "node:timers/promises";
import { SecretsError } from "@archestra/secrets-core";
import type { CallContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";

const PAUSE_MILLISECONDS = 50;
/** Left of the deadline for the return to the caller. */
const MARGIN_MILLISECONDS = 200;

/**
 * The evidence that a read finds of a change whose answer was lost.
 *
 * An outcome: the change happened, and this is its answer. `open`: it has not happened, and may still happen, since the
 * server may carry out a statement although its client is gone. `hidden`: another change followed, so the outcome is unknown.
 */
export type Evidence<Outcome> = { readonly outcome: Outcome } | "open" | "hidden";

/**
 * Runs one statement that changes something. When its answer is lost, reads until the deadline whether it happened. It is not
 * sent again: the first one may still arrive, or another change may have followed it.
 *
 * @param findEvidence reads the rows that the change would have left
 * @throws SecretsError OUTCOME_UNKNOWN when there is no evidence, or the database does not answer before the deadline
 */
export async function changeOrReadBack<Outcome>(
  { statements }: OpenDatabase,
  context: CallContext,
  change: (session: Session) => Promise<Outcome>,
  findEvidence: (session: Session) => Promise<Evidence<Outcome>>,
): Promise<Outcome> {
  try {
    return await statements.change(context, change);
  } catch (error) {
    if (!statements.mayHaveHappened(error)) throw error;
    // Read once the error is there: a caller who gave up has an earlier deadline by then.
    const { deadline } = context;
    do {
      // Its caller may have given up, and is answered by the deadline all the same.
      const left = Math.max(1, deadline - MARGIN_MILLISECONDS - Date.now());
      const waiting = { signal: AbortSignal.timeout(left), deadline };
      // An error: the database may be recovering.
      const evidence = await statements.read(waiting, findEvidence).catch((): Evidence<Outcome> => "open");
      if (typeof evidence === "object") return evidence.outcome;
      if (evidence === "hidden") break;
      await sleep(PAUSE_MILLISECONDS);
    } while (Date.now() + MARGIN_MILLISECONDS < deadline);
    throw new SecretsError(
      "OUTCOME_UNKNOWN",
      "The database did not confirm the change that was sent to it, and reading it back did not show its outcome in time. Read the secret before you repeat the change.",
      { cause: error },
    );
  }
}
