import type { StandaloneOptions } from "@archestra/secrets-core/plugin";
import type { MigrationOptions } from "./migration-settings.ts";
import { openMigration } from "./open-migration.ts";

/** What a database lacks. */
export interface PendingMigrations {
  /** The migrations that have not run, in their order. */
  readonly names: readonly string[];
  /** Their SQL, to be run in one transaction. Empty: none is pending. */
  readonly sql: string;
}

/**
 * Returns the SQL of the migrations that a database lacks. Nothing is written, and no encryption key is needed.
 *
 * @param options the settings of `dbPlugin` that say where the database is
 * @param standalone where the other settings come from
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError what the database reports, as a start does
 * @example const { sql } = await pendingMigrations({ schema: "vault" })
 */
export async function pendingMigrations(
  options: MigrationOptions = {},
  standalone: StandaloneOptions = {},
): Promise<PendingMigrations> {
  return openMigration("database-pending-migrations", options, standalone, async (settings, context) => {
    const { findPending } = await import("./run-on-database.ts");
    return findPending(settings, context);
  });
}
