import {
  backend,
  definePlugin,
  type OptionsOf,
  type Plugin,
  type SecretsBackend,
} from "@archestra/secrets-core/plugin";
import { dbSettings } from "./settings/db-settings.ts";

/** What `dbPlugin` takes: each setting, given in code instead of in the environment. */
export type DbOptions = OptionsOf<typeof dbSettings>;

/**
 * The plugin `DB`: secrets in a SQL database of the application, encrypted with AES-256-GCM. Without settings it keeps
 * them in an embedded SQLite file. Its table also says which secrets other managers own.
 *
 * The database and its libraries load when the plugin is the one in use.
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
  });
}
