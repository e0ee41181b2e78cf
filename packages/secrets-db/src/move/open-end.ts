import type { PluginContext, SettingsOf, StandaloneOptions } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import { type DbOptions, dbSettings } from "../settings/db-settings.ts";
import { runWithSettings } from "../settings/standalone.ts";

const { encryptionSecret, previousSecrets, authSecret, sweepDelay, acceptNewKey, ...endSettings } =
  dbSettings;

/** All settings but those of keys. */
export type EndSettings = SettingsOf<typeof endSettings>;

/** Passed to the part that the call loads, since every process has loaded the settings already. */
export type OpenEnd = typeof openEnd;

export type OpeningOptions = Pick<StandaloneOptions, "logger" | "signal">;

/**
 * Opens one database of a move, without a key. No variable is read, since there are two databases and one variable.
 *
 * @param which the option that names it, for messages
 * @throws TypeError when it names no database
 */
export async function openEnd<Opened = OpenDatabase>(
  which: string,
  options: DbOptions,
  { logger, signal }: OpeningOptions,
  open: (settings: EndSettings, context: PluginContext) => Promise<Opened>,
): Promise<Opened> {
  if (typeof options !== "object" || options === null || (options.url ?? options.kysely) === undefined) {
    throw new TypeError(`${which} must name a database: { url } or { kysely }.`);
  }
  // Options of keys are ignored: a move uses none.
  const isOfKeys = (name: string) => Object.hasOwn(dbSettings, name) && !Object.hasOwn(endSettings, name);
  const given = Object.fromEntries(Object.entries(options).filter(([name]) => !isOfKeys(name)));
  return runWithSettings("database-of-a-move", endSettings, given, { env: {}, logger, signal }, open);
}
