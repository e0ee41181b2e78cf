import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallContext, ListRange } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import { type EntryRow, entryColumns } from "../rows/entry-row.ts";
import { infoColumns, type SecretInfoRow } from "../rows/secret-row.ts";

const PAGE_ROWS = 500;

export interface ListedRow extends EntryRow, SecretInfoRow {
  /** Whether there is a value. SQLite gives a number. */
  readonly holds_value: unknown;
}

/**
 * Lists rows of every owner and state in the order of their names, page by page.
 *
 * @param describe returns the entry of the list. Undefined: the row is left out
 */
export async function* listRows<Entry>(
  { statements, dialect }: OpenDatabase,
  { prefix, after, limit = Number.POSITIVE_INFINITY }: ListRange,
  context: CallContext,
  describe: (row: ListedRow) => Entry | undefined,
): AsyncGenerator<Entry> {
  let left = limit;
  if (left <= 0) return;
  const size = Math.min(limit, PAGE_ROWS);
  // The later of both bounds; the other would only make the database walk rows that are not wanted.
  const startsAfter = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
  let bound = {
    operator: startsAfter ? (">" as const) : (">=" as const),
    name: startsAfter ? after : prefix,
  };
  for (;;) {
    context.signal.throwIfAborted();
    const { operator, name } = bound;
    const page = await statements.read(context, (session) =>
      session.rows(
        session.db
          .selectFrom("archestra_secrets")
          .select([...entryColumns(dialect), ...infoColumns])
          .select(({ eb }) => eb("value", "is not", null).as("holds_value"))
          // The caller selects the rows that it wants: with more conditions, a database without statistics of the table
          // expects so few rows to fit that it sorts them all.
          .where("name", operator, name)
          .orderBy("name")
          .limit(size),
      ),
    );
    for (const row of page) {
      // Names that begin with the prefix are together: after the first that does not, there are none.
      if (!row.name.startsWith(prefix)) return;
      bound = { operator: ">", name: row.name };
      const entry = describe(row);
      if (entry === undefined) continue;
      yield entry;
      if (--left <= 0) return;
    }
    if (page.length < size) return;
    await nextTurn();
  }
}
