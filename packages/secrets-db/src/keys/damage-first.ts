import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import type { OpenDatabase } from "../database/open-database.ts";

/**
 * Ends a registration that failed. A damaged database, or one beside the write-ahead log of another, looks like one of
 * another key, and an operator who accepts a new key then loses what the backup still has.
 *
 * @throws SecretsError with the damage, or else the error itself
 */
export async function throwDamageFirst(database: OpenDatabase, error: unknown): Promise<never> {
  if (!isSecretsError(error) || error.reason !== "KEY_MISMATCH") throw error;
  const damage = await database.findDamage?.();
  if (damage !== undefined) throw damage;
  throw database.logFound === undefined ? error : withLog(error, database.logFound);
}

function withLog({ code, reason, message, cause }: SecretsError, log: string): SecretsError {
  const hint = `No key of this process opens anything in this database. Was the database file restored? ${log} existed before this start. If it belongs to the database before the restoration, it hides the restored data: stop every process that has the file open, move the -wal and -shm away, restore the file again, and start. If the file was not restored:`;
  return new SecretsError(code, `${hint}\n${message}`, { reason, cause });
}
