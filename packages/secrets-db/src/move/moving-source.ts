import { setTimeout as sleep } from "node:timers/promises";
import { SecretsError } from "@archestra/secrets-core";
import type { FenceStatements } from "../database/dialect.ts";
import { moveFences } from "../database/move-fences.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { createMoveTable, insertSourceMarker, markSource, readMarker } from "./move-marker.ts";
import type { SourceOfMove } from "./moving-target.ts";

const LONGEST_WAIT_MILLISECONDS = 60_000;
const PAUSE_MILLISECONDS = 500;

/** Makes a database the source of a move, or finds the move that it is the source of already. Its applications go on. */
export function takeSource({ statements }: OpenDatabase, signal: AbortSignal): Promise<SourceOfMove> {
  return statements.serialized({ signal }, async (session) => {
    await createMoveTable(session);
    const arrival = await readMarker(session, "target");
    if (arrival?.state === "copying") throw unfinishedSource();
    const arrivedBy = arrival?.moveId;
    const known = await readMarker(session, "source");
    if (known !== undefined) return { moveId: known.moveId, isFenced: known.state === "moved", arrivedBy };
    const moveId = crypto.randomUUID();
    await insertSourceMarker(session, moveId);
    return { moveId, isFenced: false, arrivedBy };
  });
}

/** Raises the fence of the source: afterwards no program changes a secret or a key there. */
export function fenceSource(database: OpenDatabase, moveId: string, signal: AbortSignal): Promise<void> {
  return changeFence(database, signal, async (session, fences) => {
    if (!(await markSource(session, moveId, "moved"))) throw released();
    for (const statement of fences.raise(session.db, moveFences.moved)) await session.execute(statement);
  });
}

/** @throws SecretsError CONFLICT, reason SOURCE_RELEASED, when the source accepts changes again */
export async function assertFenced(
  { statements }: OpenDatabase,
  moveId: string,
  signal: AbortSignal,
): Promise<void> {
  const marker = await statements.read({ signal }, (session) => readMarker(session, "source"));
  if (marker?.moveId !== moveId || marker.state !== "moved") throw released();
}

/** Lets a source accept changes again. False: it had no fence. */
export async function releaseSource(database: OpenDatabase, signal: AbortSignal): Promise<boolean> {
  const { statements, dialect } = database;
  const [arrival, marker] = await statements
    .read({ signal }, async (session) => [
      await readMarker(session, "target"),
      await readMarker(session, "source"),
    ])
    .catch((error: unknown) => {
      if (dialect.errors.conditionOf(error) === "missing-table") return [];
      throw error;
    });
  if (arrival?.state === "copying") throw unfinishedTarget();
  if (marker?.state !== "moved") return false;
  await changeFence(database, signal, async (session, fences) => {
    await markSource(session, marker.moveId, "open");
    for (const statement of fences.drop(session.db, moveFences.moved)) await session.execute(statement);
  });
  return true;
}

/**
 * Runs statements that need the tables alone for a moment. Behind one that waits for a long transaction, every writer
 * would wait; so it waits for a short time only, and tries again.
 */
async function changeFence(
  { statements, dialect }: OpenDatabase,
  signal: AbortSignal,
  run: (session: Session, fences: FenceStatements) => Promise<void>,
): Promise<void> {
  const fences = await dialect.loadFences();
  const startedAt = performance.now();
  for (;;) {
    try {
      return await statements.transaction({ signal }, async (session) => {
        if (fences.limitWait !== undefined) await session.execute(fences.limitWait);
        await run(session, fences);
      });
    } catch (error) {
      if (dialect.errors.conditionOf(error) !== "lock-timeout") throw error;
    }
    if (performance.now() - startedAt > LONGEST_WAIT_MILLISECONDS) {
      throw new SecretsError(
        "UNAVAILABLE",
        "A transaction has held the tables of secrets for a minute, so the source cannot be closed for changes. It accepts changes still. Find the transaction in pg_stat_activity, end it, and call again.",
        { reason: "DATABASE_LOCKED" },
      );
    }
    await sleep(PAUSE_MILLISECONDS, undefined, { signal });
  }
}

function released(): SecretsError {
  return new SecretsError(
    "CONFLICT",
    "The source was released during the move, so it accepts changes again. The target stays closed. Call moveDatabase again to continue, or drop the target's tables.",
    { reason: "SOURCE_RELEASED", retryable: false },
  );
}

export function unfinishedSource(): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "The source is itself the target of a move that has not ended, so it may lack secrets. Nothing was changed. Call moveDatabase with the databases of that move first.",
    { reason: "MOVE_UNFINISHED" },
  );
}

function unfinishedTarget(): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "The database is the target of a move that has not ended, so it may lack secrets, and it stays closed. Call moveDatabase again to end the move. To give it up, release the source, and drop this database's tables.",
    { reason: "MOVE_UNFINISHED" },
  );
}
