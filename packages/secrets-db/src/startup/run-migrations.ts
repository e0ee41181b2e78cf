import { SecretsError } from "@archestra/secrets-core";
import { type Kysely, sql } from "kysely";
import { sqliteResultCode } from "../database/sqlite-error.ts";
import { inWriteTransaction } from "../database/write-transaction.ts";
import type { SecretsSchema } from "../schema/tables.ts";

const MIGRATIONS_TABLE = "archestra_secrets_migrations";
const LOCK_TABLE = "archestra_secrets_migrations_lock";
/** The newest migration that this version has; a test holds it against the list. */
const NEWEST_MIGRATION = "0001-secrets-and-keys";

/**
 * Brings the tables to what this version needs. Migrations of a newer version, run by another replica, are left alone.
 *
 * @param mayMigrate false: the tables must be there already
 * @throws SecretsError INVALID_CONFIGURATION when they are not, and may not be made
 */
export async function runMigrations(
  db: Kysely<SecretsSchema>,
  mayMigrate: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (await isMigrated(db)) return;
  if (!mayMigrate) {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "The database lacks tables of this version, and ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP is false. Start one process of this version with ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP=true; it makes them and then the others start as they are.",
      { reason: "MIGRATIONS_PENDING" },
    );
  }
  // A lock of ours, because Kysely takes none on SQLite: of ten processes that start at once, one migrates.
  await inWriteTransaction(db, signal, runPending);
}

/** One query, so that a start on a database that is ready does not load the migrator. */
async function isMigrated(db: Kysely<SecretsSchema>): Promise<boolean> {
  try {
    const { rows } =
      await sql`SELECT 1 FROM ${sql.table(MIGRATIONS_TABLE)} WHERE name = ${NEWEST_MIGRATION}`.execute(db);
    return rows.length > 0;
  } catch (error) {
    const SQLITE_ERROR = 1;
    if (sqliteResultCode(error) === SQLITE_ERROR) return false;
    throw error;
  }
}

async function runPending(connection: Kysely<SecretsSchema>): Promise<void> {
  const [{ Migrator }, { migrations }] = await Promise.all([
    import("kysely/migration"),
    import("../schema/migrations/migrations.ts"),
  ]);
  const unknown = await executedElsewhere(connection, migrations);
  const migrator = new Migrator({
    db: connection,
    provider: { getMigrations: async () => ({ ...migrations, ...unknown }) },
    migrationTableName: MIGRATIONS_TABLE,
    migrationLockTableName: LOCK_TABLE,
    allowUnorderedMigrations: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

/** Migrations that a newer version ran: Kysely calls a database corrupted that has some which nobody supplies. */
async function executedElsewhere(
  connection: Kysely<SecretsSchema>,
  known: Readonly<Record<string, unknown>>,
): Promise<Record<string, { up: () => Promise<void> }>> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM ${sql.table(MIGRATIONS_TABLE)}`
    .execute(connection)
    .catch(() => ({ rows: [] }));
  const names = rows.map(({ name }) => name).filter((name) => !Object.hasOwn(known, name));
  return Object.fromEntries(names.map((name) => [name, { up: async () => {} }]));
}
