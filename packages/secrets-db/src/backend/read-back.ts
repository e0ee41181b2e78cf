import { setTimeout as sleep } from "node:timers/promises";
import { SecretsError } from "@archestra/secrets-core";
import type { OperationContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { SecretRow } from "./secret-row.ts";

const PAUSE_MILLISECONDS = 50;
/** Left of the deadline for the way back to the caller. */
const MARGIN_MILLISECONDS = 200;

/** What a write that lost its answer would have left. The envelope has a random salt, so nobody else can have written it. */
export interface ExpectedRow {
  readonly name: string;
  readonly id: string;
  readonly value: string;
}

/**
 * Finds out whether a write happened whose answer was lost, by reading the row that it would have left. It is not sent
 * again: the first one may be on its way still, or may have been followed by another change.
 *
 * @param error what the write failed with; it is thrown again when it says that nothing happened
 * @returns the row that the write left
 * @throws SecretsError OUTCOME_UNKNOWN when the row is not there, or the database does not answer before the deadline
 */
export async function readBack(
  { db, dialect }: OpenDatabase,
  { name, id, value }: ExpectedRow,
  error: unknown,
  context: OperationContext,
): Promise<Pick<SecretRow, "id" | "name" | "version" | "created_at" | "updated_at">> {
  if (!dialect.mayHaveHappened(error)) throw error;
  do {
    try {
      const row = await db
        .selectFrom("archestra_secrets")
        .select(["id", "name", "value", "version", "created_at", "updated_at"])
        .where("name", "=", name)
        .executeTakeFirst();
      if (row?.id === id && row.value === value) return row;
      // The server may carry out a statement although its client is gone, so this may change yet.
    } catch {
      // The database may be on its way back.
    }
    await sleep(PAUSE_MILLISECONDS);
  } while (Date.now() + MARGIN_MILLISECONDS < context.deadline);
  throw new SecretsError(
    "OUTCOME_UNKNOWN",
    "The connection to the database was lost after the change was sent, and what became of it could not be found out. Read the secret before you repeat the change.",
    { cause: error },
  );
}
