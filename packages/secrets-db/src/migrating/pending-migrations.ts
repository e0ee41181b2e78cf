import {
  defineKind,
  definePlugin,
  openStandalone,
  type StandaloneOptions,
} from "@archestra/secrets-core/plugin";
import { type MigrationOptions, migrationSettings } from "./migration-settings.ts";

/** What a database lacks. */
export interface PendingMigrations {
  /** The migrations that have not run, in their order. */
  readonly names: readonly string[];
  /** Their SQL, to be run in one transaction. Empty: none is pending. */
  readonly sql: string;
}

const kind = defineKind<PendingMigrations>("database-pending-migrations");

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
  const plugin = definePlugin({
    kind,
    id: "DB",
    contractVersion: 1,
    options,
    settings: migrationSettings,
    create: async (settings, context) => {
      const { findPending } = await import("./run-on-database.ts");
      return findPending(settings, context);
    },
  });
  return (await openStandalone(plugin, standalone)).product;
}
