import type { PluginContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { openConfiguredDatabase } from "../opening/open-configured-database.ts";
import { startError } from "../opening/start-error.ts";
import { schemaOf } from "../schema/qualified-table.ts";
import type { PlaceSettings } from "../settings/db-settings.ts";
import type { MigrationReport, PendingMigrations } from "./migrate-database.ts";
import { migrationSql } from "./migration-sql.ts";
import { pendingNames } from "./migrations.ts";
import { executedMigrations, hasSchema, runMigrations } from "./run-migrations.ts";

export async function migrate(settings: PlaceSettings, context: PluginContext): Promise<MigrationReport> {
  return use(settings, true, context, async (database) => ({
    executed: await runMigrations(database, true, context.signal),
  }));
}

/** Finds the pending migrations, and prints their SQL. */
export async function findPending(
  settings: PlaceSettings,
  context: PluginContext,
): Promise<PendingMigrations> {
  return use(settings, false, context, async ({ statements, dialect }) => {
    const read = <Result>(run: (session: Session) => Promise<Result>) =>
      statements.read({ signal: context.signal }, run);
    const [exists, schema] = await read(
      async (session) => [await hasSchema(session), schemaOf(session.db)] as const,
    );
    const executed = await read(executedMigrations).catch((error: unknown) => {
      if (dialect.errors.conditionOf(error) === "missing-table") return new Set<string>();
      throw error;
    });
    const names = pendingNames(executed);
    return { names, sql: migrationSql(dialect.name, names, schema, !exists) };
  });
}

async function use<Result>(
  settings: PlaceSettings,
  mayCreate: boolean,
  context: PluginContext,
  run: (database: OpenDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await openConfiguredDatabase(settings, mayCreate, context);
  try {
    return await run(database);
  } catch (error) {
    throw startError(error, database);
  } finally {
    await database.close();
  }
}
