import { resolve } from "node:path";
import { type Logger, SecretsError } from "@archestra/secrets-core";
import { Kysely, type SqliteDatabase, SqliteDialect, sql } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { DatabaseLocation } from "./database-url.ts";
import { retryWhenBusy } from "./retry-when-busy.ts";
import { openSqlite } from "./sqlite-adapter.ts";
import { isBusy, sqliteResultCode } from "./sqlite-error.ts";
import { prepareSqliteFile, unwritableFile } from "./sqlite-file.ts";

/** A database that was opened by us, and so is closed by us. */
export interface OpenDatabase {
  readonly db: Kysely<SecretsSchema>;
  /** Where it is, in words for warnings and `describe()`. */
  readonly location: string;
}

/** Where the embedded database lies when no URL is given, relative to the working directory. */
export const EMBEDDED_PATH = ".archestra/secrets.db";

/**
 * Opens the database and makes its file when there is none.
 *
 * @throws SecretsError INVALID_CONFIGURATION when it cannot be opened as it stands
 */
export async function openDatabase(
  location: DatabaseLocation,
  logger: Logger,
  signal: AbortSignal,
): Promise<OpenDatabase> {
  const path = location.path === undefined ? undefined : resolve(location.path);
  if (path !== undefined) prepareSqliteFile(path, logger);
  const database = await retryWhenBusy({ signal }, async () => openSqliteFile(path));
  return {
    db: new Kysely<SecretsSchema>({ dialect: new SqliteDialect({ database }) }),
    location: path === undefined ? "a SQLite database in memory" : `the SQLite database ${path}`,
  };
}

/**
 * Empties the write-ahead log into the database file, so that no older content of a page is left in it.
 *
 * @returns whether it is empty: readers in other processes can keep it from being so
 */
export async function truncateLog(db: Kysely<SecretsSchema>): Promise<boolean> {
  const { rows } = await sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db);
  return rows.every(({ busy }) => busy === 0);
}

function openSqliteFile(path: string | undefined): SqliteDatabase {
  try {
    return openSqlite(path ?? ":memory:");
  } catch (error) {
    if (path === undefined || isBusy(error)) throw error;
    const SQLITE_NOTADB = 26;
    if (sqliteResultCode(error) !== SQLITE_NOTADB) throw unwritableFile(path, error);
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      `The file ${path} is no SQLite database. Name another one with ARCHESTRA_DATABASE_URL=sqlite:…; nothing was changed in this one.`,
      { reason: "NOT_A_DATABASE", cause: error },
    );
  }
}
