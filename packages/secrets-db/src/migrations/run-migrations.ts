import { SecretsError } from "@archestra/secrets-core";
import type { PluginContext } from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import { missingSchema } from "../database/database-schema.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { openConfiguredDatabase } from "../opening/open-configured-database.ts";
import { startError } from "../opening/start-error.ts";
import { schemaOf, tableOf } from "../schema/qualified-table.ts";
import { MIGRATIONS_TABLE } from "../schema/tables.ts";
import type { DbSettings, PlaceSettings } from "../settings/db-settings.ts";

/** The newest migration that this version has; a test holds it against the list. */
const NEWEST_MIGRATION = "0001-secrets-and-keys";

/**
 * Opens the database that the settings name, with the tables that this version needs.
 *
 * @param mayCreate whether missing tables are created, and a missing file, unless the settings demand one
 * @param use runs on the open database; when it throws, everything that was opened is closed
 * @throws SecretsError the error of a start
 */
export async function openMigratedDatabase<Result>(
  settings: PlaceSettings & Pick<DbSettings, "mustExist">,
  mayCreate: boolean,
  context: PluginContext,
  use: (database: OpenDatabase) => Result | Promise<Result>,
): Promise<Result> {
  const database = await openConfiguredDatabase(settings, mayCreate && settings.mustExist !== true, context);
  try {
    await runMigrations(database, mayCreate, context.signal);
    return await use(database);
  } catch (error) {
    await (database.abandon ?? database.close)();
    throw startError(error, database);
  }
}

/**
 * Brings the tables to what this version needs. Migrations of a newer version, run by another replica, are left alone.
 *
 * @param mayMigrate false: the tables must be there already
 * @returns the migrations that this call has run
 * @throws SecretsError INVALID_CONFIGURATION when they are not, and may not be made
 */
export async function runMigrations(
  database: OpenDatabase,
  mayMigrate: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  if (await isMigrated(database, signal)) return [];
  if (!mayMigrate) {
    if (!(await database.statements.read({ signal }, hasSchema))) throw missingSchema();
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "The database lacks tables of this version, and ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP is false. Start one process of this version with ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP=true; it makes them and then the others start as they are. Or, as a user who may create tables, run `archestra-secrets schema migrate`, call `migrateDatabase`, or run the SQL of `pendingMigrations`.",
      { reason: "MIGRATIONS_PENDING" },
    );
  }
  // Of ten processes that start at once, one migrates, and the others find that it is done.
  return database.statements.serialized({ signal }, (session) => runPending(session, database));
}

/** One query, so that a start on a database that is ready loads no migration. */
async function isMigrated({ statements, dialect }: OpenDatabase, signal: AbortSignal): Promise<boolean> {
  try {
    return await statements.read({ signal }, (session) =>
      session.exists(
        sql`SELECT 1 FROM ${tableOf(session.db, MIGRATIONS_TABLE)} WHERE name = ${NEWEST_MIGRATION}`,
      ),
    );
  } catch (error) {
    if (dialect.errors.conditionOf(error) === "missing-table") return false;
    throw error;
  }
}

/** Whether the schema is there, if one is set. Its tables are not asked for: their absence says nothing of it. */
export async function hasSchema(session: Session): Promise<boolean> {
  const schema = schemaOf(session.db);
  if (schema === undefined) return true;
  return session.exists(sql`SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ${schema}`);
}

async function runPending(session: Session, database: OpenDatabase): Promise<string[]> {
  const { createMigrationsTable, migrationStatements, pendingNames } = await import("./migrations.ts");
  await createSchema(session, database);
  await session.execute(createMigrationsTable(session.db));
  const pending = pendingNames(await executedMigrations(session));
  for (const name of pending) {
    for (const statement of migrationStatements(session.db, database.dialect, name))
      await session.execute(statement);
  }
  return pending;
}

/** The migrations that have run. The table of them must be there. */
export async function executedMigrations(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    sql<{ name: string }>`SELECT name FROM ${tableOf(session.db, MIGRATIONS_TABLE)}`,
  );
  return new Set(rows.map(({ name }) => name));
}

/** Asked for first, since `IF NOT EXISTS` needs the privilege to create a schema also where it exists. */
async function createSchema(session: Session, { statements }: OpenDatabase): Promise<void> {
  const schema = schemaOf(session.db);
  if (schema === undefined || (await hasSchema(session))) return;
  try {
    await session.execute(sql`CREATE SCHEMA IF NOT EXISTS ${sql.id(schema)}`);
  } catch (error) {
    throw statements.classify(error) === "PERMISSION_DENIED" ? missingSchema(error) : error;
  }
}
