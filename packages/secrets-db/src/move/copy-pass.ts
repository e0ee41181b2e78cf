import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { type RowWindow, rowWindows, WINDOW_ROWS, wholeTable, withinWindow } from "../rows/row-windows.ts";
import type { SecretTable } from "../schema/tables.ts";
import { type CopiedRow, copiedRow, isSameRow, keyColumns, secretColumns } from "./copied-row.ts";
import type { MovingTarget } from "./moving-target.ts";

/** Called after each window. @param rows how many rows it had. @param changed how many of them the target lacked */
export type AfterWindow = (rows: number, changed: number) => void | Promise<void>;

/**
 * Makes the target the same as the source, except for changes that are written to the source meanwhile. Rows that differ are
 * deleted at the target and inserted again, since names are unique and may have gone from one row to another.
 *
 * @returns how many rows it changed
 */
export async function copyOnce(
  source: OpenDatabase,
  target: MovingTarget,
  signal: AbortSignal,
  afterWindow: AfterWindow,
): Promise<number> {
  let changed = await copyKeys(source, target, signal);
  for await (const window of rowWindows(target.database, undefined, wholeTable, signal)) {
    changed += await deleteStale(source, target, window, signal);
  }
  for await (const window of rowWindows(source, undefined, wholeTable, signal)) {
    const { rows, differing } = await copyWindow(source, target, window, signal);
    changed += differing;
    await afterWindow(rows, differing);
  }
  return changed;
}

/** The rows of a window, or of all, as both databases keep them. */
export async function readWindow(
  { statements }: OpenDatabase,
  window: RowWindow,
  signal: AbortSignal,
): Promise<CopiedRow[]> {
  const rows = await statements.read({ signal }, (session) =>
    session.rows(withinWindow(session.db, undefined, window).select(secretColumns)),
  );
  return rows.map(copiedRow);
}

/** Every key. There are few. */
export async function readKeys({ statements }: OpenDatabase, signal: AbortSignal): Promise<CopiedRow[]> {
  const rows = await statements.read({ signal }, (session) =>
    session.rows(session.db.selectFrom("archestra_secrets_keys").select(keyColumns).orderBy("key_id")),
  );
  return rows.map(copiedRow);
}

/** Deletes what the source does not have, or has under another name. */
async function deleteStale(
  source: OpenDatabase,
  target: MovingTarget,
  window: RowWindow,
  signal: AbortSignal,
): Promise<number> {
  const arrived = await target.database.statements.read({ signal }, (session) =>
    session.rows(withinWindow(session.db, undefined, window).select(["id", "name"])),
  );
  const ids = arrived.map(({ id }) => id);
  const there = await source.statements.read({ signal }, (session) =>
    session.rows(session.db.selectFrom("archestra_secrets").select(["id", "name"]).where("id", "in", ids)),
  );
  const names = new Map(there.map(({ id, name }) => [id, name]));
  const stale = arrived.filter(({ id, name }) => names.get(id) !== name).map(({ id }) => id);
  if (stale.length > 0) await target.write((session) => deleteSecrets(session, "id", stale));
  return stale.length;
}

async function copyWindow(
  source: OpenDatabase,
  target: MovingTarget,
  window: RowWindow,
  signal: AbortSignal,
): Promise<{ readonly rows: number; readonly differing: number }> {
  const rows = await readWindow(source, window, signal);
  const arrived = new Map((await readWindow(target.database, window, signal)).map((row) => [row.id, row]));
  const differing = rows.filter((row) => !isSameRow(row, arrived.get(row.id ?? "")));
  if (differing.length > 0) {
    await target.write(async (session) => {
      // Rows that were created since the window was cut are in it, too.
      for (const part of batchesOf(differing)) {
        await deleteSecrets(
          session,
          "id",
          part.map(({ id }) => String(id)),
        );
        await deleteSecrets(
          session,
          "name",
          part.map(({ name }) => String(name)),
        );
      }
      for (const part of batchesOf(differing)) {
        const values = part as unknown as SecretTable[];
        await session.execute(session.db.insertInto("archestra_secrets").values(values as never));
      }
    });
  }
  return { rows: rows.length, differing: differing.length };
}

async function copyKeys(source: OpenDatabase, target: MovingTarget, signal: AbortSignal): Promise<number> {
  const keys = await readKeys(source, signal);
  const arrived = new Map((await readKeys(target.database, signal)).map((key) => [key.key_id, key]));
  const differing = keys.filter((key) => !isSameRow(key, arrived.get(key.key_id ?? "")));
  const stale = [...arrived.keys()].filter((id) => keys.every((key) => key.key_id !== id));
  if (differing.length + stale.length === 0) return 0;
  // All of them, since sequences are unique and may have gone from one key to another.
  await target.write(async (session) => {
    await session.execute(session.db.deleteFrom("archestra_secrets_keys"));
    if (keys.length > 0) {
      await session.execute(session.db.insertInto("archestra_secrets_keys").values(keys as never));
    }
  });
  return differing.length + stale.length;
}

async function deleteSecrets(
  session: Session,
  column: "id" | "name",
  values: readonly string[],
): Promise<void> {
  await session.execute(session.db.deleteFrom("archestra_secrets").where(column, "in", values));
}

/** So that the parameters of a statement stay within what databases accept. */
function* batchesOf(rows: readonly CopiedRow[]): Generator<readonly CopiedRow[]> {
  for (let start = 0; start < rows.length; start += WINDOW_ROWS) yield rows.slice(start, start + WINDOW_ROWS);
}
