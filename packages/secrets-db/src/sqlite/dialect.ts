import { SecretsError } from "@archestra/secrets-core";
import { sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { explainFence, fenceProblems, isFenceTrigger } from "../database/move-fences.ts";
import { erasePlaintext } from "./erase-plaintext.ts";
import { classifySqliteError, isBusy, mayHaveHappened, sqliteResultCode } from "./error.ts";

const now = sql<number>`CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)`;

/** SQLite: one writer at a time, in one file, which every process of the machine may have open. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  now,
  instant: now,
  jsonArray: (columns) => sql<string>`json_array(${columns})`,
  // The values are compared here, within the write lock.
  revision: sql<string>`''`,
  // Characters, of which nearly all are ASCII; older versions of SQLite have no octet_length.
  valueBytes: sql<number>`coalesce(length(value), 0)`,
  // The write lock from the beginning: a transaction that took it later could find that what it read is stale.
  begin: sql`BEGIN IMMEDIATE`,
  commit: sql`COMMIT`,
  rollback: sql`ROLLBACK`,
  runsInProcess: true,
  isInTheWay: isBusy,
  longestPauseMilliseconds: 40,
  lockedTooLong,
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
  classify: classifySqliteError,
  explain: explainFence,
  isMissingTable(error) {
    const SQLITE_ERROR = 1;
    return sqliteResultCode(error) === SQLITE_ERROR;
  },
  mayHaveHappened,
  wasCancelled: () => false,
  takesNoWrites: () => false,
  async problems(session) {
    const triggers = await session.rows(
      sql<TriggerRow>`SELECT name FROM sqlite_schema WHERE type = 'trigger' AND ${isFenceTrigger("name")}`,
    );
    return fenceProblems(triggers.map(({ name }) => name));
  },
};

interface TriggerRow {
  readonly name: string;
}

function lockedTooLong(): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    "Another process has held the lock of the SQLite database for a minute. Find it (`fuser` names the processes that have the file open), end its transaction, and start again.",
    { reason: "DATABASE_LOCKED" },
  );
}
