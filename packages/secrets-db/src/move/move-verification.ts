import type { OpenDatabase } from "../database/open-database.ts";
import { rowWindows, wholeTable } from "../rows/row-windows.ts";
import { isSameRow } from "./copied-row.ts";
import { readKeys, readWindow } from "./copy-pass.ts";

export interface MoveComparison {
  /** Rows and keys of the source. */
  readonly rows: number;
  readonly keys: number;
  /** Rows and keys that only one of them has, or that differ in a column. */
  readonly different: number;
}

/** Reads every column of every row and key of both databases, and compares them. Nothing is changed. */
export async function compareDatabases(
  source: OpenDatabase,
  target: OpenDatabase,
  signal: AbortSignal,
  afterWindow: (rows: number) => void | Promise<void>,
): Promise<MoveComparison> {
  const keys = await readKeys(source, signal);
  let different = difference(keys, await readKeys(target, signal), "key_id");
  let rows = 0;
  let last = "";
  for await (const window of rowWindows(source, undefined, wholeTable, signal)) {
    const [left, right] = [
      await readWindow(source, window, signal),
      await readWindow(target, window, signal),
    ];
    different += difference(left, right, "id");
    rows += left.length;
    last = window.last ?? last;
    await afterWindow(left.length);
  }
  for await (const window of rowWindows(target, undefined, { after: last, last: undefined }, signal)) {
    different += (await readWindow(target, window, signal)).length;
  }
  const counted = [await countRows(source, signal), await countRows(target, signal)];
  different += counted.filter((count) => count !== rows).length;
  return { rows, keys: keys.length, different };
}

type Rows = Awaited<ReturnType<typeof readKeys>>;

function difference(left: Rows, right: Rows, id: "id" | "key_id"): number {
  const others = new Map(right.map((row) => [row[id], row]));
  let different = 0;
  for (const row of left) {
    if (!isSameRow(row, others.get(row[id] ?? ""))) different++;
    others.delete(row[id] ?? "");
  }
  return different + others.size;
}

/** By another way than the windows, which begin behind the empty id. */
async function countRows({ statements }: OpenDatabase, signal: AbortSignal): Promise<number> {
  const row = await statements.read({ signal }, (session) =>
    session.first(session.db.selectFrom("archestra_secrets").select(({ fn }) => fn.countAll().as("rows"))),
  );
  return Number(row?.rows);
}
