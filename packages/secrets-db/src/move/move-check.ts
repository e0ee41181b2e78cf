import { isSecretsError } from "@archestra/secrets-core";
import type { PluginContext } from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { openMigratedDatabase } from "../migrations/run-migrations.ts";
import { openConfiguredDatabase } from "../opening/open-configured-database.ts";
import { startError } from "../opening/start-error.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { KEYS_TABLE, SECRETS_TABLE } from "../schema/tables.ts";
import { runCall } from "../settings/standalone.ts";
import { classifierOf } from "./move-between.ts";
import type { CheckDatabaseMoveOptions, MoveCheck } from "./move-database.ts";
import { type MoveMarker, readMarker } from "./move-marker.ts";
import { unfinishedSource } from "./moving-source.ts";
import { isEmpty, occupied, sameDatabase } from "./moving-target.ts";
import type { EndSettings, OpenEnd } from "./open-end.ts";
import { assertKnownMigrations } from "./run-move.ts";

/** What a database knows of moves. */
interface Markers {
  readonly source: MoveMarker | undefined;
  readonly target: MoveMarker | undefined;
}

/** The implementation of `checkDatabaseMove`. It only reads. */
export async function checkMove(
  { from, to, signal = new AbortController().signal, logger }: CheckDatabaseMoveOptions,
  openEnd: OpenEnd,
): Promise<MoveCheck> {
  const opening = { logger, signal };
  const source = await openEnd("The option `from` of checkDatabaseMove", from, opening, openSource);
  try {
    const { target } = await openEnd("The option `to` of checkDatabaseMove", to, opening, openTarget);
    try {
      const opened = target === undefined ? [source] : [source, target];
      return await runCall("checkDatabaseMove", signal, classifierOf(opened), () =>
        check(source, target, signal),
      );
    } finally {
      await target?.close();
    }
  } finally {
    await source.close();
  }
}

async function check(
  source: OpenDatabase,
  target: OpenDatabase | undefined,
  signal: AbortSignal,
): Promise<MoveCheck> {
  await assertKnownMigrations(source, signal);
  const found = await markersOf(source, signal);
  if (found.target?.state === "copying") throw unfinishedSource();
  const [rows = 0, keys = 0] = await source.statements.read({ signal }, async (session) => [
    await count(session, SECRETS_TABLE),
    await count(session, KEYS_TABLE),
  ]);
  try {
    const continues = target !== undefined && (await checkTarget(target, source.location, found, signal));
    return { rows, keys, continues };
  } catch (error) {
    throw target === undefined ? error : startError(error, target);
  }
}

/** @returns whether it has a part of this move already */
async function checkTarget(
  target: OpenDatabase,
  sourceLocation: string,
  found: Markers,
  signal: AbortSignal,
): Promise<boolean> {
  const own = await markersOf(target, signal);
  const moveId = found.source?.moveId;
  const isSame = target.location === sourceLocation;
  if (isSame || (moveId !== undefined && own.source?.moveId === moveId)) throw sameDatabase();
  if (moveId !== undefined && own.target?.moveId === moveId) {
    if (own.target.state !== "done" || found.source?.state === "moved") return true;
    throw occupied("The move to it ended, and the source was released since then.");
  }
  if (own.target?.state === "copying") throw occupied("It is the target of a move that has not ended.");
  const isRollback = own.source?.state === "moved" && own.source.moveId === found.target?.moveId;
  if (isRollback || (await unlessTablesMissing(target, signal, isEmpty, true))) return false;
  throw occupied("It holds secrets or keys.");
}

function markersOf(database: OpenDatabase, signal: AbortSignal): Promise<Markers> {
  const read = async (session: Session): Promise<Markers> => ({
    source: await readMarker(session, "source"),
    target: await readMarker(session, "target"),
  });
  return unlessTablesMissing(database, signal, read, { source: undefined, target: undefined });
}

async function unlessTablesMissing<Result>(
  { statements, dialect }: OpenDatabase,
  signal: AbortSignal,
  read: (session: Session) => Promise<Result>,
  otherwise: Result,
): Promise<Result> {
  try {
    return await statements.read({ signal }, read);
  } catch (error) {
    if (dialect.errors.conditionOf(error) === "missing-table") return otherwise;
    throw error;
  }
}

async function count(session: Session, table: string): Promise<number> {
  const row = await session.first(
    sql<{ found: unknown }>`SELECT count(*) AS found FROM ${tableOf(session.db, table)}`,
  );
  return Number(row?.found ?? 0);
}

function openSource(settings: EndSettings, context: PluginContext): Promise<OpenDatabase> {
  return openMigratedDatabase(settings, false, context, (database) => database);
}

/** Opens the target as it is. Undefined: it is a file that the move creates. */
async function openTarget(
  settings: EndSettings,
  context: PluginContext,
): Promise<{ readonly target: OpenDatabase | undefined }> {
  // With tables that may not be created, it must have them already.
  if (!settings.runMigrations) return { target: await openSource(settings, context) };
  try {
    return { target: await openConfiguredDatabase(settings, false, context) };
  } catch (error) {
    if (isSecretsError(error) && error.reason === "MIGRATIONS_PENDING") return { target: undefined };
    throw error;
  }
}
