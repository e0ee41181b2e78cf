import { backend, definePlugin, type Plugin, type SecretsBackend } from "@archestra/secrets-core/plugin";
import { type DbOptions, dbSettings } from "./settings/db-settings.ts";

/**
 * Creates the plugin `DB`: it stores secrets in a SQL database of the application, encrypted with AES-256-GCM. Without
 * settings, secrets are stored in an embedded SQLite file. Its table also records which secrets other managers own.
 *
 * The database and its libraries are loaded only when the plugin is in use.
 *
 * @example
 * const secrets = await createSecretsManager({ plugins: [dbPlugin({ url: "sqlite:secrets.db" })] });
 */
export function dbPlugin(options: DbOptions = {}): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "DB",
    contractVersion: 1,
    ownership: true,
    options,
    settings: dbSettings,
    create: async (settings, context) => {
      const { openDatabaseBackend } = await import("./startup/open-database-backend.ts");
      return openDatabaseBackend(settings, context);
    },
    diagnose: async (settings, context) => {
      const { diagnoseDatabase } = await import("./diagnosis/diagnose-database.ts");
      return diagnoseDatabase(settings, context);
    },
  });
}
