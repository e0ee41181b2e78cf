import { sql } from "kysely";
import type { Session } from "../database/statements.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { MOVE_TABLE } from "../schema/tables.ts";

/** The part of a database in a move. */
export interface MoveMarker {
  /** The same at the source and at the target. */
  readonly moveId: string;
  /** `open` and `moved` of a source, by its fence; `copying` and `done` of a target. */
  readonly state: "open" | "moved" | "copying" | "done";
  /** At a target that is done: what arrived. */
  readonly rows: number;
  readonly keys: number;
}

/** Makes the table, and changes nothing where it is. */
export async function createMoveTable(session: Session): Promise<void> {
  await session.execute(sql`
    CREATE TABLE IF NOT EXISTS ${tableOf(session.db, MOVE_TABLE)} (
      role varchar(16) PRIMARY KEY,
      move_id varchar(64) NOT NULL,
      state varchar(16) NOT NULL,
      mover varchar(64),
      writing integer NOT NULL DEFAULT 0,
      secret_rows bigint NOT NULL DEFAULT 0,
      key_rows bigint NOT NULL DEFAULT 0
    )`);
}

/** Undefined: the database has no part of this kind. The table must be there. */
export async function readMarker(
  session: Session,
  role: "source" | "target",
): Promise<MoveMarker | undefined> {
  const row = await session.first(
    sql<{
      move_id: string;
      state: MoveMarker["state"];
      secret_rows: unknown;
      key_rows: unknown;
    }>`SELECT move_id, state, secret_rows, key_rows FROM ${tableOf(session.db, MOVE_TABLE)} WHERE role = ${role}`,
  );
  if (row === undefined) return undefined;
  return {
    moveId: row.move_id,
    state: row.state,
    rows: Number(row.secret_rows),
    keys: Number(row.key_rows),
  };
}

/** Makes a database the source of a move that begins. */
export async function insertSourceMarker(session: Session, moveId: string): Promise<void> {
  await session.execute(
    sql`INSERT INTO ${tableOf(session.db, MOVE_TABLE)} (role, move_id, state) VALUES ('source', ${moveId}, 'open')`,
  );
}

/** Whether the fence of a source is raised. False: the database is not the source of this move any more. */
export async function markSource(
  session: Session,
  moveId: string,
  state: "open" | "moved",
): Promise<boolean> {
  const update = sql`
    UPDATE ${tableOf(session.db, MOVE_TABLE)} SET state = ${state} WHERE role = 'source' AND move_id = ${moveId}`;
  return (await session.affected(update)) > 0;
}

/** Makes a database the target of a move, written by this mover alone. */
export async function takeTarget(session: Session, moveId: string, mover: string): Promise<void> {
  await session.execute(sql`DELETE FROM ${tableOf(session.db, MOVE_TABLE)} WHERE role = 'target'`);
  await session.execute(sql`
    INSERT INTO ${tableOf(session.db, MOVE_TABLE)} (role, move_id, state, mover) VALUES ('target', ${moveId}, 'copying', ${mover})`);
}

/** Lets the transaction change the target's rows. False: another mover has taken over, or the move has ended. */
export async function beginWriting(session: Session, mover: string): Promise<boolean> {
  const update = sql`
    UPDATE ${tableOf(session.db, MOVE_TABLE)} SET writing = 1
    WHERE role = 'target' AND state = 'copying' AND mover = ${mover}`;
  return (await session.affected(update)) > 0;
}

/** Ends what `beginWriting` began, before the transaction ends. */
export async function endWriting(session: Session): Promise<void> {
  await session.execute(sql`UPDATE ${tableOf(session.db, MOVE_TABLE)} SET writing = 0 WHERE role = 'target'`);
}

/** Says that everything has arrived. */
export async function markDone(
  session: Session,
  { rows, keys }: { readonly rows: number; readonly keys: number },
): Promise<void> {
  await session.execute(sql`
    UPDATE ${tableOf(session.db, MOVE_TABLE)} SET state = 'done', mover = NULL, secret_rows = ${rows}, key_rows = ${keys}
    WHERE role = 'target'`);
}
