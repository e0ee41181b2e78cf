import { type Kysely, sql } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { Dialect } from "./dialect.ts";
import { retryWhenBusy } from "./retry-when-busy.ts";
import { classifySqliteError, sqliteResultCode } from "./sqlite-error.ts";
import { erasePlaintext } from "./sqlite-plaintext.ts";

const now = sql<number>`CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)`;

/** SQLite: one writer at a time, in one file, which every process of the machine may have open. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  now,
  instant: now,
  jsonArray: (columns) => sql<string>`json_array(${columns})`,
  // Characters, of which nearly all are ASCII; older versions of SQLite have no octet_length.
  valueBytes: sql<number>`coalesce(length(value), 0)`,
  // A statement runs within the process and is over before anybody could abort it: only the wait for the lock can be.
  retry: retryWhenBusy,
  retryChange: retryWhenBusy,
  transaction: inWriteTransaction,
  // Without statistics it takes the index that gives the order.
  inIndexOrder: (db, signal, run) => retryWhenBusy({ signal }, () => run(db)),
  // Whoever writes is alone anyway.
  serialized: inWriteTransaction,
  async replaceValues(db, rows, keyId, signal) {
    const replaced = new Set<string>();
    if (rows.length === 0) return replaced;
    await inWriteTransaction(db, signal, async (transaction) => {
      for (const { id, value, envelope } of rows) {
        const { numUpdatedRows } = await transaction
          .updateTable("archestra_secrets")
          .set({ value: envelope, key_id: keyId })
          .where("id", "=", id)
          .where("value", "=", value)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) replaced.add(id);
      }
    });
    return replaced;
  },
  erasePlaintext,
  classify: classifySqliteError,
  isMissingTable(error) {
    const SQLITE_ERROR = 1;
    return sqliteResultCode(error) === SQLITE_ERROR;
  },
  // A statement runs within the process: when it fails, it is rolled back before anybody hears of it.
  mayHaveHappened: () => false,
};

/** Holds the write lock from the beginning: a transaction that took it later could find that what it read is stale. */
async function inWriteTransaction<Result>(
  db: Kysely<SecretsSchema>,
  signal: AbortSignal,
  run: (transaction: Kysely<SecretsSchema>) => Promise<Result>,
): Promise<Result> {
  return db.connection().execute(async (connection) => {
    await retryWhenBusy({ signal }, () => sql`BEGIN IMMEDIATE`.execute(connection));
    try {
      const result = await run(connection);
      await sql`COMMIT`.execute(connection);
      return result;
    } catch (error) {
      await sql`ROLLBACK`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}
