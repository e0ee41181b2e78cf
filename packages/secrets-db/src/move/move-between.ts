import { moveEvents, type PluginContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import { openMigratedDatabase } from "../migrations/run-migrations.ts";
import type { DbOptions } from "../settings/db-settings.ts";
import { runCall } from "../settings/standalone.ts";
import type { MoveDatabaseOptions, MoveReport, ReleaseDatabaseOptions } from "./move-database.ts";
import { releaseSource } from "./moving-source.ts";
import type { EndSettings, OpenEnd } from "./open-end.ts";
import { runMove } from "./run-move.ts";

/** The implementation of `moveDatabase`. It is loaded by the call, since few processes ever make one. */
export function moveBetween(options: MoveDatabaseOptions, openEnd: OpenEnd): Promise<MoveReport> {
  return moveEvents.trace(
    () => ({ operation: "moveDatabase", manager: "DB" }),
    () => moveRows(options, openEnd),
    (event, report) => {
      if (report !== undefined) Object.assign(event, { done: report.rows, skipped: 0, failed: 0 });
    },
  );
}

async function moveRows(
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

/** Opens a database as it is. Nothing is created. */
function openSource(settings: EndSettings, context: PluginContext): Promise<OpenDatabase> {
  return openMigratedDatabase(settings, false, context, (database) => database);
}

/** Its tables are created, unless `runMigrations` is false. */
function openTarget(settings: EndSettings, context: PluginContext): Promise<OpenDatabase> {
  return openMigratedDatabase(settings, settings.runMigrations, context, (database) => database);
}

async function using<Result>(database: OpenDatabase, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } finally {
    await database.close();
  }
}

export function classifierOf(databases: readonly OpenDatabase[]) {
  return {
    location: databases.map(({ location }) => location).join(", or "),
    classify: (error: unknown) =>
      databases.map(({ statements }) => statements.classify(error)).find((code) => code !== undefined),
  };
}
