import { setImmediate as nextTurn } from "node:timers/promises";
import { type Kysely, type SelectQueryBuilder, sql } from "kysely";
import type { Waiting } from "../database/attempt.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session, Statements } from "../database/statements.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { SECRETS_TABLE, type SecretsSchema } from "../schema/tables.ts";

/** Some neighbouring rows: those whose id is greater than `after` and not greater than `last`. */
export interface RowWindow {
  readonly after: string;
  /** Undefined: up to the end of the table. */
  readonly last: string | undefined;
}

export const wholeTable: RowWindow = { after: "", last: undefined };

/** Small enough that a transaction on a window holds up writers for milliseconds only. */
export const WINDOW_ROWS = 250;
/** So that a window of the largest values fits into memory; one row alone may be larger. */
export const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Cuts a part of the table into windows that are small in rows and in bytes, in the order of ids. Each comes from a short
 * statement of its own, so rows that come and go meanwhile are in or out as it happens. Other work has its turn in between.
 *
 * @param keyId which rows: those that hold a value under this key, with null those whose value is not encrypted,
 * with undefined all, entries of other managers included
 * @param part only rows of this part
 * @throws the signal's reason before the next window
 */
export async function* rowWindows(
  { statements, dialect }: OpenDatabase,
  keyId: string | null | undefined,
  part: RowWindow,
  signal: AbortSignal,
): AsyncGenerator<RowWindow> {
  let { after } = part;
  for (;;) {
    const rest = { after, last: part.last };
    const rows = await statements.inIndexOrder({ signal }, (session) =>
      session.rows(
        withinWindow(session.db, keyId, rest)
          .select(["id", dialect.sql.valueBytes.as("bytes")])
          .limit(WINDOW_ROWS),
      ),
    );
    for (const last of lastIds(rows)) {
      signal.throwIfAborted();
      yield { after, last };
      after = last;
      await nextTurn();
    }
    if (rows.length < WINDOW_ROWS) return;
  }
}

/** The id of the last row of each window. */
function lastIds(rows: readonly { readonly id: string; readonly bytes: number }[]): string[] {
  const ids: string[] = [];
  let bytes = 0;
  for (const [index, row] of rows.entries()) {
    bytes += Number(row.bytes);
    const next = rows[index + 1];
    if (next !== undefined && bytes + Number(next.bytes) <= WINDOW_BYTES) continue;
    ids.push(row.id);
    bytes = 0;
  }
  return ids;
}

/** The rows of a window, in the order of ids. */
export function withinWindow(
  db: Kysely<SecretsSchema>,
  keyId: string | null | undefined,
  { after, last }: RowWindow,
) {
  return (
    db
      .selectFrom("archestra_secrets")
      .where("id", ">", after)
      .$if(last !== undefined, (query) => query.where("id", "<=", last ?? ""))
      // PostgreSQL takes `key_id IS NULL` for a range: only with both columns is this the order of the index to it.
      .$if(keyId !== undefined, (query) =>
        query
          .where("value", "is not", null)
          .where("key_id", keyId === null ? "is" : "=", keyId ?? null)
          .orderBy("key_id"),
      )
      .orderBy("id")
  );
}

/** Index entries in one piece of a count. */
const ENTRIES_COUNTED_AT_A_TIME = 20_000;

/**
 * Counts rows in pieces, so that no statement takes long however many there are.
 *
 * @param select selects the ids of the rows whose id is greater than `after`, in the order of ids
 * @param size how many rows are in one piece
 */
export async function countInPieces(
  statements: Statements,
  waiting: Waiting,
  select: (
    db: Kysely<SecretsSchema>,
    after: string,
  ) => SelectQueryBuilder<SecretsSchema, "archestra_secrets", { id: string }>,
  size = ENTRIES_COUNTED_AT_A_TIME,
): Promise<number> {
  let rows = 0;
  for (let after = ""; ; ) {
    waiting.signal.throwIfAborted();
    const start = after;
    const piece = await statements.inIndexOrder(waiting, (session) =>
      session.first(
        session.db
          .selectFrom(select(session.db, start).limit(size).as("piece"))
          .select(({ fn }) => [fn.countAll<number>().as("rows"), fn.max("id").as("last")]),
      ),
    );
    const counted = Number(piece?.rows ?? 0);
    rows += counted;
    if (counted < size) return rows;
    after = String(piece?.last);
  }
}

/**
 * The texts of an indexed column of the table of secrets, each once: one read of the index for each of them, however many
 * rows there are.
 *
 * @param condition in SQL, as the index has it: SQLite uses a partial index only for a literal condition
 */
export async function distinctTexts(
  session: Session,
  column: "key_id" | "manager",
  condition: string,
): Promise<string[]> {
  const [table, text, isIndexed] = [tableOf(session.db, SECRETS_TABLE), sql.ref(column), sql.raw(condition)];
  const rows = await session.rows(sql<{ item: string }>`
    WITH RECURSIVE items (item) AS (
      SELECT min(${text}) FROM ${table} WHERE ${isIndexed}
      UNION ALL
      SELECT (SELECT min(${text}) FROM ${table} WHERE ${isIndexed} AND ${text} > items.item)
      FROM items WHERE items.item IS NOT NULL
    )
    SELECT item FROM items WHERE item IS NOT NULL`);
  return rows.map((row) => row.item);
}
