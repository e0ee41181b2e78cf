import type { StandaloneOptions } from "@archestra/secrets-core/plugin";
import type { MigrationOptions } from "./migration-settings.ts";
import { openMigration } from "./open-migration.ts";

/** What `migrateDatabase` did. */
export interface MigrationReport {
  /** The migrations that this call has run, in their order. Empty: the database had them all. */
  readonly executed: readonly string[];
}

/**
 * Runs the pending migrations, for instance in a deployment step with a database user who may create tables, while the
 * application's user may not. It needs no encryption key. Several processes can call it at once.
 *
 * @param options the settings of `dbPlugin` that say where the database is
 * @param standalone where the other settings come from
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError what the database reports, as a start does
 * @example await migrateDatabase({ url: process.env.MIGRATION_DATABASE_URL, schema: "vault" })
 */
export async function migrateDatabase(
  options: MigrationOptions = {},
  standalone: StandaloneOptions = {},
): Promise<MigrationReport> {
  return openMigration("database-migration", options, standalone, async (settings, context) => {
    const { migrate } = await import("./run-on-database.ts");
    return migrate(settings, context);
  });
}
