import type { Kysely } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { SecretsSchema } from "../schema/tables.ts";

/** Some neighbouring rows: those whose id is greater than `after` and not greater than `last`. */
export interface RowWindow {
  readonly after: string;
  /** Undefined: up to the end of the table. */
  readonly last: string | undefined;
}

/** Every row. */
export const wholeTable: RowWindow = { after: "", last: undefined };

/** Small enough that a transaction on a window holds up writers for milliseconds only. */
export const WINDOW_ROWS = 250;
/** So that a window of the largest values fits into memory; one row alone may be larger. */
export const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Cuts a part of the table into windows that are small in rows and in bytes, in the order of ids. Each comes from a short
 * statement of its own, so rows that come and go meanwhile are in or out as it happens.
 *
 * @param keyId which rows: those that hold a value under this key, with null those whose value is not sealed, with
 * undefined all, ownership included
 * @param part only rows of this part
 * @param signal ends the repetition of a statement that finds somebody in its way
 */
export async function* rowWindows(
  { statements, dialect }: OpenDatabase,
  keyId: string | null | undefined,
  part: RowWindow,
  signal: AbortSignal,
): AsyncGenerator<RowWindow> {
  let { after } = part;
  for (;;) {
    const start = after;
    const rows = await statements.inIndexOrder({ signal }, (session) =>
      session.rows(
        withinWindow(session.db, keyId, { after: start, last: part.last })
          .select(["id", dialect.valueBytes.as("bytes")])
          .limit(WINDOW_ROWS),
      ),
    );
    let bytes = 0;
    let end: string | undefined;
    for (const row of rows) {
      if (end !== undefined && bytes + Number(row.bytes) > WINDOW_BYTES) {
        yield { after, last: end };
        after = end;
        bytes = 0;
      }
      bytes += Number(row.bytes);
      end = row.id;
    }
    if (end !== undefined) {
      yield { after, last: end };
      after = end;
    }
    if (rows.length < WINDOW_ROWS) return;
  }
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
