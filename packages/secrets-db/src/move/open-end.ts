import type { PluginContext, SettingsOf, StandaloneOptions } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { DbOptions } from "../settings/db-settings.ts";
import { dbSettings } from "../settings/db-settings.ts";
import { runWithSettings } from "../settings/standalone.ts";

const { encryptionSecret, previousSecrets, authSecret, sweepDelay, acceptNewKey, ...placeSettings } =
  dbSettings;

/** All settings but those of keys. */
export type EndSettings = SettingsOf<typeof placeSettings>;

/** How `openEnd` is passed to what is loaded by the call: it needs the settings, which every process has loaded. */
export type OpenEnd = typeof openEnd;

/** The options that opening takes. */
export type OpeningOptions = Pick<StandaloneOptions, "logger" | "signal">;

/**
 * Opens one database of a move, without a key. No variable is read, since there are two databases and one variable.
 *
 * @param which the option that names it, for messages
 * @throws TypeError when it names no database
 */
export async function openEnd(
  which: string,
  options: DbOptions,
  { logger, signal }: OpeningOptions,
  open: (settings: EndSettings, context: PluginContext) => Promise<OpenDatabase>,
): Promise<OpenDatabase> {
  if (typeof options !== "object" || options === null || (options.url ?? options.kysely) === undefined) {
    throw new TypeError(`${which} must name a database: { url } or { kysely }.`);
  }
  const given = Object.entries(options).filter(([name]) => !Object.hasOwn(keySettings, name));
  const place = Object.fromEntries(given) as DbOptions;
  return runWithSettings("database-of-a-move", placeSettings, place, { env: {}, logger, signal }, open);
}

/** The settings of `dbPlugin` that a move does not use. */
const keySettings = { encryptionSecret, previousSecrets, authSecret, sweepDelay, acceptNewKey };
