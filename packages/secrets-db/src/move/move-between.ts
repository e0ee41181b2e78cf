import type { PluginContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import { runMigrations } from "../migrations/run-migrations.ts";
import { openConfiguredDatabase } from "../opening/open-configured-database.ts";
import { startError } from "../opening/start-error.ts";
import type { DbOptions } from "../settings/db-settings.ts";
import { runCall } from "../settings/standalone.ts";
import type { MoveDatabaseOptions, MoveReport, ReleaseDatabaseOptions } from "./move-database.ts";
import { releaseSource } from "./moving-source.ts";
import type { EndSettings, OpenEnd } from "./open-end.ts";
import { runMove } from "./run-move.ts";

/** The implementation of `moveDatabase`. It is loaded by the call, since few processes ever make one. */
export async function moveBetween(
  { from, to, signal = new AbortController().signal, onProgress = () => {}, logger }: MoveDatabaseOptions,
  openEnd: OpenEnd,
): Promise<MoveReport> {
  const source = await openEnd("The option `from` of moveDatabase", from, { logger, signal }, openSource);
  return using(source, async () => {
    const target = await openEnd("The option `to` of moveDatabase", to, { logger, signal }, openTarget);
    return using(target, () =>
      runCall("moveDatabase", signal, classifierOf([source, target]), () =>
        runMove(source, target, signal, onProgress),
      ),
    );
  });
}

/** The implementation of `releaseDatabase`. */
export async function release(
  database: DbOptions,
  { signal = new AbortController().signal, logger }: ReleaseDatabaseOptions,
  openEnd: OpenEnd,
): Promise<boolean> {
  const source = await openEnd("The database of releaseDatabase", database, { logger, signal }, openSource);
  return using(source, () =>
    runCall("releaseDatabase", signal, classifierOf([source]), () => releaseSource(source, signal)),
  );
}

/** As it is: nothing is made. */
function openSource(settings: EndSettings, context: PluginContext): Promise<OpenDatabase> {
  return open(settings, false, context);
}

/** Its tables are made, unless `runMigrations` is false. */
function openTarget(settings: EndSettings, context: PluginContext): Promise<OpenDatabase> {
  return open(settings, settings.runMigrations, context);
}

async function open(
  settings: EndSettings,
  mayCreate: boolean,
  context: PluginContext,
): Promise<OpenDatabase> {
  const database = await openConfiguredDatabase(settings, mayCreate, context);
  try {
    await runMigrations(database, mayCreate, context.signal);
    return database;
  } catch (error) {
    await database.close();
    throw startError(error, database);
  }
}

async function using<Result>(database: OpenDatabase, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } finally {
    await database.close();
  }
}

function classifierOf(databases: readonly OpenDatabase[]) {
  return {
    location: databases.map(({ location }) => location).join(", or "),
    classify: (error: unknown) =>
      databases.map(({ statements }) => statements.classify(error)).find((code) => code !== undefined),
  };
}
