import { resolve } from "node:path";
import { SecretsError } from "@archestra/secrets-core";
import { type LiveSetting, type PluginContext, withTimeout } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { DatabaseLocation } from "../settings/database-url.ts";
import type { PlaceSettings } from "../settings/db-settings.ts";
import { openSqliteDatabase } from "../sqlite/open.ts";
import { useApplicationDatabase } from "./application-database.ts";

/** Where the embedded database is when no URL is given, relative to the working directory. */
export const EMBEDDED_PATH = ".archestra/secrets.db";

/**
 * Opens the database that the settings name; without one, the embedded file.
 *
 * @param mayCreate whether a file is created when there is none
 * @throws SecretsError INVALID_CONFIGURATION when it cannot be opened as it is
 */
export async function openConfiguredDatabase(
  settings: PlaceSettings,
  mayCreate: boolean,
  { strict, logger, signal }: PluginContext,
): Promise<OpenDatabase> {
  const { url, kysely, schema, poolMax, poolIdleSeconds, poolLifetimeSeconds } = settings;
  if (kysely !== undefined) return useApplicationDatabase(kysely, schema);
  const opening = { mayCreate, strict, logger, signal };
  if (url === undefined) {
    return openSqliteDatabase({ dialect: "sqlite", path: resolve(EMBEDDED_PATH) }, schema, opening);
  }
  const location = await inTime(url);
  if (location.dialect === "sqlite") return openSqliteDatabase(location, schema, opening);
  const limits = { size: poolMax, idleSeconds: poolIdleSeconds, lifetimeSeconds: poolLifetimeSeconds };
  const locate = async () => {
    const current = await inTime(url);
    // A process does not change from one kind of database to another while it runs.
    return current.dialect === location.dialect ? current : location;
  };
  const { openPostgres } = await import("../postgres/open.ts");
  return openPostgres(location, Object.assign(locate, { mayChange: url.mayChange }), schema, limits);
}

/** For how long the application's function that gives the URL is waited for. */
const URL_TIMEOUT_MILLISECONDS = 5_000;

/**
 * The function that returns the URL is the application's and may never answer. A late answer is dropped, and the next
 * connection asks again.
 */
export function inTime(ask: LiveSetting<DatabaseLocation>): Promise<DatabaseLocation> {
  return withTimeout(ask(), URL_TIMEOUT_MILLISECONDS, urlNotGiven);
}

function urlNotGiven(): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    `The function that the option \`url\` of dbPlugin was given did not answer within ${URL_TIMEOUT_MILLISECONDS / 1000} seconds. Nothing was sent. Let it fail in time when its source of credentials does not answer.`,
    { reason: "URL_NOT_GIVEN" },
  );
}
