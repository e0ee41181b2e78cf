import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallContext, ListRange } from "@archestra/secrets-core/plugin";
import type { Dialect } from "../database/dialect.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { type EntryRow, entryColumns } from "../rows/entry-row.ts";
import type { SecretRow } from "../rows/secret-row.ts";

/** Rows in one page. */
const PAGE_ROWS = 500;

/** A row as lists need it. */
export interface ListedRow extends EntryRow, Pick<SecretRow, "id" | "version" | "created_at" | "updated_at"> {
  /** Whether there is a value. SQLite gives a number. */
  readonly holds_value: unknown;
}

/**
 * Yields rows of every owner and state in the order of their names, page by page.
 *
 * @param range its `limit` is how many are asked for at a time, within reason
 */
export async function* rowsInOrder(
  database: OpenDatabase,
  { prefix, after, limit = PAGE_ROWS }: ListRange,
  context: CallContext,
): AsyncGenerator<ListedRow> {
  const size = Math.min(limit, PAGE_ROWS);
  let last = after;
  for (;;) {
    context.signal.throwIfAborted();
    const start = last;
    const page = await database.statements.read(context, (session) =>
      selectPage(session, database.dialect, prefix, start, size),
    );
    for (const row of page) {
      // Names that begin with the prefix stand together: behind the first that does not, there are none.
      if (!row.name.startsWith(prefix)) return;
      last = row.name;
      yield row;
    }
    if (page.length < size) return;
    await nextTurn();
  }
}

function selectPage(
  session: Session,
  dialect: Dialect,
  prefix: string,
  after: string | undefined,
  limit: number,
): Promise<ListedRow[]> {
  // Whichever begins later; the other would only make the database walk rows that are not wanted.
  const isInside = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
  return session.rows(
    session.db
      .selectFrom("archestra_secrets")
      .select([...entryColumns(dialect), "id", "version", "created_at", "updated_at"])
      .select(({ eb }) => eb("value", "is not", null).as("holds_value"))
      // Which rows are wanted is for the caller to see: with more conditions, a database that knows nothing of the table
      // yet takes so few rows to fit that it sorts them all.
      .where("name", isInside ? ">" : ">=", isInside ? after : prefix)
      .orderBy("name")
      .limit(limit),
  );
}
