import { resolve } from "node:path";
import type { PluginContext, SettingsOf } from "@archestra/secrets-core/plugin";
import { useApplicationDatabase } from "../database/application-database.ts";
import { EMBEDDED_PATH, type OpenDatabase, openDatabase } from "../database/open-database.ts";
import type { dbSettings } from "../db-settings.ts";

/** The settings of the plugin, as a start gets them. */
export type DbSettings = SettingsOf<typeof dbSettings>;

/** Those that say where the database is and how it is reached. */
export type PlaceSettings = Pick<
  DbSettings,
  "url" | "kysely" | "poolMax" | "poolIdleSeconds" | "poolLifetimeSeconds"
>;

/**
 * Opens the database that the settings name; without one, the embedded file.
 *
 * @param mayCreate whether a file is made when there is none
 */
export async function openConfiguredDatabase(
  settings: PlaceSettings,
  mayCreate: boolean,
  { strict, logger, signal }: PluginContext,
): Promise<OpenDatabase> {
  if (settings.kysely !== undefined) return useApplicationDatabase(settings.kysely);
  const { url, poolMax, poolIdleSeconds, poolLifetimeSeconds } = settings;
  const limits = { size: poolMax, idleSeconds: poolIdleSeconds, lifetimeSeconds: poolLifetimeSeconds };
  const embedded = async () => ({ dialect: "sqlite" as const, path: resolve(EMBEDDED_PATH) });
  return openDatabase(url ?? embedded, limits, { mayCreate, strict, logger, signal });
}
