import type { OptionsOf, StandaloneOptions } from "@archestra/secrets-core/plugin";
import { placeSettings } from "../settings/db-settings.ts";
import { runWithSettings } from "../settings/standalone.ts";

/** The options of `migrateDatabase` and `pendingMigrations`: those of `dbPlugin` that name the database. */
export type MigrationOptions = OptionsOf<typeof placeSettings>;

/** The result of `migrateDatabase`. */
export interface MigrationReport {
  /** The migrations that this call has run, in their order. Empty: the database had them all. */
  readonly executed: readonly string[];
}

/** The result of `pendingMigrations`. */
export interface PendingMigrations {
  /** The migrations that have not run, in their order. */
  readonly names: readonly string[];
  /** Their SQL, to be run in one transaction. Empty: none is pending. */
  readonly sql: string;
}

/**
 * Runs the pending migrations, for instance in a deployment step with a database user who can create tables, while the
 * application's user cannot. No encryption key is needed. Several processes can call it at once.
 *
 * @param options the settings of `dbPlugin` that name the database
 * @param standalone where the other settings come from
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError what the database reports, as a start does
 * @example await migrateDatabase({ url: process.env.MIGRATION_DATABASE_URL, schema: "vault" })
 */
export async function migrateDatabase(
  options: MigrationOptions = {},
  standalone: StandaloneOptions = {},
): Promise<MigrationReport> {
  return runWithSettings("database-migration", placeSettings, options, standalone, async (...given) => {
    const { migrate } = await import("./run-on-database.ts");
    return migrate(...given);
  });
}

/**
 * Returns the SQL of the migrations that a database lacks. Nothing is written, and no encryption key is needed.
 *
 * @param options the settings of `dbPlugin` that name the database
 * @param standalone where the other settings come from
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError what the database reports, as a start does
 * @example const { sql } = await pendingMigrations({ schema: "vault" })
 */
export async function pendingMigrations(
  options: MigrationOptions = {},
  standalone: StandaloneOptions = {},
): Promise<PendingMigrations> {
  return runWithSettings(
    "database-pending-migrations",
    placeSettings,
    options,
    standalone,
    async (...given) => {
      const { findPending } = await import("./run-on-database.ts");
      return findPending(...given);
    },
  );
}
