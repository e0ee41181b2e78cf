import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";

/** Our statements are few; the bound is for those whose text grows with a list of names. */
const STATEMENTS_KEPT = 64;

/**
 * The database of Kysely's `SqliteDialect`, over `node:sqlite`. Statements are kept prepared.
 *
 * @param path the file, or `:memory:`
 * @throws the error of SQLite when it cannot open the file or the file is not a database
 */
export function openSqlite(path: string): SqliteDatabase {
  // No busy timeout: SQLite waits inside the call, and fifty writers that wait ten milliseconds each stop the event loop
  // for half a second. A statement that finds the lock taken fails at once, and is repeated later.
  const database = new DatabaseSync(path);
  try {
    // WAL: readers and one writer at a time. FULL: a commit survives a power loss. secure_delete: what is overwritten
    // or deleted is zeroed in the file, or plaintext would outlive its encryption.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;");
  } catch (error) {
    database.close();
    throw error;
  }
  return adaptDatabase(database);
}

/** The database of Kysely's `SqliteDialect` over one that is open. */
export function adaptDatabase(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      const kept = statements.get(sql);
      if (kept !== undefined) return kept;
      const statement = adaptStatement(database.prepare(sql));
      if (statements.size >= STATEMENTS_KEPT) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
    close() {
      statements.clear();
      database.close();
    },
  };
}

/**
 * Closes a database and leaves its write-ahead log as it is. Otherwise the last connection that is closed moves the log
 * into the file, and a log that belongs to another file, such as the one before a restoration, would destroy it.
 *
 * @param close closes the connections that can write
 */
export async function closeWithoutCheckpoint(path: string, close: () => Promise<void> | void): Promise<void> {
  // As long as another connection is open, a close moves nothing; and one that can only read moves nothing itself.
  let witness: DatabaseSync | undefined;
  try {
    witness = new DatabaseSync(path, { readOnly: true });
    witness.prepare("SELECT count(*) FROM sqlite_schema").get();
  } catch {
    // A file that it cannot read is not moved into either.
  }
  await close();
  witness?.close();
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}
