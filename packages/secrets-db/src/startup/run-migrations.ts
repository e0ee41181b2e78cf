import { SecretsError } from "@archestra/secrets-core";
import { type Kysely, sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { SecretsSchema } from "../schema/tables.ts";

const MIGRATIONS_TABLE = "archestra_secrets_migrations";
/** The newest migration that this version has; a test holds it against the list. */
const NEWEST_MIGRATION = "0001-secrets-and-keys";

/**
 * Brings the tables to what this version needs. Migrations of a newer version, run by another replica, are left alone.
 *
 * @param mayMigrate false: the tables must be there already
 * @throws SecretsError INVALID_CONFIGURATION when they are not, and may not be made
 */
export async function runMigrations(
  database: OpenDatabase,
  mayMigrate: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (await database.dialect.retry({ signal }, () => isMigrated(database))) return;
  if (!mayMigrate) {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "The database lacks tables of this version, and ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP is false. Start one process of this version with ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP=true; it makes them and then the others start as they are.",
      { reason: "MIGRATIONS_PENDING" },
    );
  }
  // Of ten processes that start at once, one migrates, and the others find that it is done.
  await database.dialect.serialized(database.db, signal, (transaction) => runPending(transaction, database));
}

/** One query, so that a start on a database that is ready loads no migration. */
async function isMigrated({ db, dialect }: OpenDatabase): Promise<boolean> {
  try {
    const { rows } =
      await sql`SELECT 1 FROM ${sql.table(MIGRATIONS_TABLE)} WHERE name = ${NEWEST_MIGRATION}`.execute(db);
    return rows.length > 0;
  } catch (error) {
    if (dialect.isMissingTable(error)) return false;
    throw error;
  }
}

async function runPending(transaction: Kysely<SecretsSchema>, { dialect }: OpenDatabase): Promise<void> {
  const { migrations } = await import("../schema/migrations/migrations.ts");
  const table = sql.table(MIGRATIONS_TABLE);
  await sql`CREATE TABLE IF NOT EXISTS ${table} (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)`.execute(
    transaction,
  );
  const { rows } = await sql<{ name: string }>`SELECT name FROM ${table}`.execute(transaction);
  const executed = new Set(rows.map(({ name }) => name));
  for (const [name, migration] of Object.entries(migrations)) {
    if (executed.has(name)) continue;
    await migration(transaction as Kysely<unknown>, dialect);
    const now = new Date().toISOString();
    await sql`INSERT INTO ${table} (name, timestamp) VALUES (${name}, ${now})`.execute(transaction);
  }
}
