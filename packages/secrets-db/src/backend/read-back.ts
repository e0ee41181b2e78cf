import { setTimeout as sleep } from "node:timers/promises";
import { SecretsError } from "@archestra/secrets-core";
import type { CallContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import type { SecretRow } from "../rows/secret-row.ts";

const PAUSE_MILLISECONDS = 50;
/** Left of the deadline for the way back to the caller. */
const MARGIN_MILLISECONDS = 200;

/**
 * What a look shows of a change whose answer was lost.
 *
 * An outcome: it happened, and this is its answer. `open`: it has not happened, and may happen yet, since the server may
 * carry out a statement although its client is gone. `hidden`: something else was changed since, and nobody can tell.
 */
export type Evidence<Outcome> = { readonly outcome: Outcome } | "open" | "hidden";

/**
 * Finds out whether a change happened whose answer was lost, by looking until the deadline. It is not sent again: the first
 * one may be on its way still, or may have been followed by another change.
 *
 * @param error what the change failed with; it is thrown again when it says that nothing happened
 * @param look reads what the change would have left
 * @throws SecretsError OUTCOME_UNKNOWN when there is no evidence, or the database does not answer before the deadline
 */
export async function findEvidence<Outcome>(
  { statements }: OpenDatabase,
  error: unknown,
  { deadline }: CallContext,
  look: (session: Session) => Promise<Evidence<Outcome>>,
): Promise<Outcome> {
  if (!statements.mayHaveHappened(error)) throw error;
  do {
    // Its caller may have given up, and is answered by the deadline all the same.
    const left = Math.max(1, deadline - MARGIN_MILLISECONDS - Date.now());
    const waiting = { signal: AbortSignal.timeout(left), deadline };
    // An error: the database may be on its way back.
    const evidence = await statements.read(waiting, look).catch((): Evidence<Outcome> => "open");
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

/** What a write that lost its answer would have left. The envelope has a random salt, so nobody else can have written it. */
export interface ExpectedRow {
  readonly name: string;
  readonly id: string;
  readonly value: string;
}

/**
 * Finds out whether a write happened whose answer was lost, by the row that it would have left.
 *
 * @param error what the write failed with
 * @returns the row that the write left
 * @throws as `findEvidence`
 */
export function readBack(
  database: OpenDatabase,
  { name, id, value }: ExpectedRow,
  error: unknown,
  context: CallContext,
): Promise<Pick<SecretRow, "id" | "name" | "version" | "created_at" | "updated_at">> {
  return findEvidence(database, error, context, async (session) => {
    const row = await session.first(
      session.db
        .selectFrom("archestra_secrets")
        .select(["id", "name", "value", "version", "created_at", "updated_at"])
        .where("name", "=", name),
    );
    return row?.id === id && row.value === value ? { outcome: row } : "open";
  });
}
