import { resolve } from "node:path";
import { SecretsError } from "@archestra/secrets-core";
import type { PluginContext, SettingsOf } from "@archestra/secrets-core/plugin";
import { EMBEDDED_PATH, type OpenDatabase, openDatabase } from "../database/open-database.ts";
import type { DatabaseLocation } from "../settings/database-url.ts";
import type { dbSettings } from "../settings/db-settings.ts";
import { useApplicationDatabase } from "./application-database.ts";

/** The settings of the plugin, as a start gets them. */
export type DbSettings = SettingsOf<typeof dbSettings>;

/** Those that say where the database is and how it is reached. */
export type PlaceSettings = Pick<
  DbSettings,
  "url" | "kysely" | "schema" | "poolMax" | "poolIdleSeconds" | "poolLifetimeSeconds"
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
  if (settings.kysely !== undefined) return useApplicationDatabase(settings.kysely, settings.schema);
  const { url, schema, poolMax, poolIdleSeconds, poolLifetimeSeconds } = settings;
  const limits = { size: poolMax, idleSeconds: poolIdleSeconds, lifetimeSeconds: poolLifetimeSeconds };
  const locate =
    url === undefined
      ? Object.assign(async () => embeddedLocation(), { mayChange: false })
      : Object.assign(() => answerInTime(url), { mayChange: url.mayChange });
  return openDatabase(locate, schema, limits, { mayCreate, strict, logger, signal });
}

function embeddedLocation(): DatabaseLocation {
  return { dialect: "sqlite", path: resolve(EMBEDDED_PATH) };
}

/** For how long the application's function that gives the URL is waited for. */
const URL_TIMEOUT_MILLISECONDS = 5_000;

/**
 * The function is the application's and may never answer: what it gives too late is dropped, and the next connection asks
 * again.
 *
 * @throws SecretsError UNAVAILABLE, reason URL_NOT_GIVEN, when it does not answer in time
 */
async function answerInTime(ask: () => Promise<DatabaseLocation>): Promise<DatabaseLocation> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(urlNotGiven()), URL_TIMEOUT_MILLISECONDS);
  });
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function urlNotGiven(): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    `The function that the option \`url\` of dbPlugin was given did not answer within ${URL_TIMEOUT_MILLISECONDS / 1000} seconds. Nothing was sent. Let it fail in time when its source of credentials does not answer.`,
    { reason: "URL_NOT_GIVEN" },
  );
}
