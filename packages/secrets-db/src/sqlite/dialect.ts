import { SecretsError } from "@archestra/secrets-core";
import { CompiledQuery, type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { explainFence, fenceProblems, isFenceTrigger } from "../database/move-fences.ts";
import { erasePlaintext } from "./erase-plaintext.ts";
import {
  classifySqliteError,
  mayHaveHappened,
  resultCodes,
  sqliteCondition,
  sqliteResultCode,
} from "./error.ts";

const now = sql<number>`CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)`;

/** SQLite: one writer at a time, in one file, which every process of the machine may have open. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  runsInProcess: true,
  sql: {
    now,
    instant: now,
    jsonArray: (columns) => sql<string>`json_array(${columns})`,
    nameIn: (names) => sql<boolean>`name IN (SELECT value FROM json_each(${JSON.stringify(names)}))`,
    // The values are compared here, within the write lock.
    revision: sql<string>`''`,
    // Characters, of which nearly all are ASCII; older versions of SQLite have no octet_length.
    valueBytes: sql<number>`coalesce(length(value), 0)`,
    // The write lock from the beginning: a transaction that took it later could find that what it read is stale.
    begin: sql`BEGIN IMMEDIATE`,
    columns: {
      text: sql`text`,
      newId: sql`(lower(hex(randomblob(16))))`,
      // SQLite keeps bytes as bytes in a column of text, and a client does not return them as a string: an import must cast
      // them. Text behind a NUL is lost to some of its clients, `node:sqlite` on Node 22 among them.
      isText: (column: string): RawBuilder<boolean> =>
        sql<boolean>`typeof(${sql.ref(column)}) = 'text' AND instr(CAST(${sql.ref(column)} AS BLOB), x'00') = 0`,
      timestamp: sql`strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`,
    },
  },
  errors: {
    conditionOf: sqliteCondition,
    classify: classifySqliteError,
    explain: explainFence,
    mayHaveHappened,
    lockedTooLong: () =>
      new SecretsError(
        "UNAVAILABLE",
        "Another process has held the lock of the SQLite database for a minute. Find it (`fuser` names the processes that have the file open), end its transaction, and start again.",
        { reason: "DATABASE_LOCKED" },
      ),
  },
  // SQLite refuses to begin a transaction within one, and the transaction goes on.
  async currentTransaction(connection) {
    try {
      await connection.executeQuery(CompiledQuery.raw("BEGIN"));
    } catch (error) {
      if (sqliteResultCode(error) === resultCodes.SQLITE_ERROR) return "";
      throw error;
    }
    await connection.executeQuery(CompiledQuery.raw("ROLLBACK"));
    return undefined;
  },
  async replaceValues(statements, rows, keyId, signal) {
    if (rows.length === 0) return new Set();
    return statements.transaction({ signal }, async (session) => {
      const ids = rows.map(({ id }) => id);
      const present = await session.rows(
        session.db.selectFrom("archestra_secrets").select(["id", "value"]).where("id", "in", ids),
      );
      const values = new Map(present.map(({ id, value }) => [id, value]));
      const replaced = new Set<string>();
      for (const { id, value, envelope } of rows) {
        if (values.get(id) !== value) continue;
        const update = session.db
          .updateTable("archestra_secrets")
          .set({ value: envelope, key_id: keyId })
          .where("id", "=", id);
        if ((await session.affected(update)) > 0) replaced.add(id);
      }
      return replaced;
    });
  },
  erasePlaintext,
  loadFences: async () => (await import("./fence.ts")).sqliteFences,
  async problems(session) {
    const triggers = await session.rows(
      sql<{
        readonly name: string;
      }>`SELECT name FROM sqlite_schema WHERE type = 'trigger' AND ${isFenceTrigger("name")}`,
    );
    return fenceProblems(triggers.map(({ name }) => name));
  },
};
