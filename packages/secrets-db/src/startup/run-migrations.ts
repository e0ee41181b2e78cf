import { SecretsError } from "@archestra/secrets-core";
import { sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/session.ts";

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
  if (await isMigrated(database, signal)) return;
  if (!mayMigrate) {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "The database lacks tables of this version, and ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP is false. Start one process of this version with ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP=true; it makes them and then the others start as they are.",
      { reason: "MIGRATIONS_PENDING" },
    );
  }
  // Of ten processes that start at once, one migrates, and the others find that it is done.
  await database.statements.serialized({ signal }, (session) => runPending(session, database));
}

/** One query, so that a start on a database that is ready loads no migration. */
async function isMigrated({ statements, dialect }: OpenDatabase, signal: AbortSignal): Promise<boolean> {
  const find = sql`SELECT 1 FROM ${sql.table(MIGRATIONS_TABLE)} WHERE name = ${NEWEST_MIGRATION}`;
  try {
    return (await statements.read({ signal }, (session) => session.first(find))) !== undefined;
  } catch (error) {
    if (dialect.isMissingTable(error)) return false;
    throw error;
  }
}

async function runPending(session: Session, { dialect }: OpenDatabase): Promise<void> {
  const { migrations } = await import("../schema/migrations/migrations.ts");
  const table = sql.table(MIGRATIONS_TABLE);
  await session.execute(
    sql`CREATE TABLE IF NOT EXISTS ${table} (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)`,
  );
  const rows = await session.rows(sql<{ name: string }>`SELECT name FROM ${table}`);
  const executed = new Set(rows.map(({ name }) => name));
  for (const [name, migration] of Object.entries(migrations)) {
    if (executed.has(name)) continue;
    for (const statement of migration(session.db, dialect)) await session.execute(statement);
    const now = new Date().toISOString();
    await session.execute(sql`INSERT INTO ${table} (name, timestamp) VALUES (${name}, ${now})`);
  }
}
