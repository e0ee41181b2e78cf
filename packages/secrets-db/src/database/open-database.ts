import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Logger, SecretsError } from "@archestra/secrets-core";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { DatabaseLocation } from "./database-url.ts";
import type { Dialect } from "./dialect.ts";
import type { PoolLimits } from "./postgres-pool.ts";
import { openSqlite } from "./sqlite-adapter.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { isBusy, sqliteResultCode } from "./sqlite-error.ts";
import { prepareSqliteFile, restrictModes, unwritableFile } from "./sqlite-file.ts";
import { Statements } from "./statements.ts";

const LONGEST_WAIT_MILLISECONDS = 60_000;

/** A database that is ready for statements. */
export interface OpenDatabase {
  /** The one way to its tables. */
  readonly statements: Statements;
  readonly dialect: Dialect;
  /** Closes what we opened; an application's own database stays open. */
  readonly close: () => Promise<void>;
  /** Where it is, in words for warnings and `describe()`. */
  readonly location: string;
}

/** Where the embedded database lies when no URL is given, relative to the working directory. */
export const EMBEDDED_PATH = ".archestra/secrets.db";

/**
 * Opens the database that the settings name.
 *
 * @param locate says where the database is; a pool asks again before it opens a connection
 * @param mayCreate whether a file is made when there is none
 * @throws SecretsError INVALID_CONFIGURATION when it cannot be opened as it stands
 */
export async function openDatabase(
  locate: () => Promise<DatabaseLocation>,
  limits: PoolLimits,
  mayCreate: boolean,
  logger: Logger,
  signal: AbortSignal,
): Promise<OpenDatabase> {
  const location = await locate();
  if (location.dialect === "postgres") {
    const { openPostgres } = await import("./open-postgres.ts");
    return openPostgres(location, locate, limits);
  }
  return openEmbedded(location.path, mayCreate, logger, signal);
}

async function openEmbedded(
  relativePath: string | undefined,
  mayCreate: boolean,
  logger: Logger,
  signal: AbortSignal,
): Promise<OpenDatabase> {
  const path = relativePath === undefined ? undefined : resolve(relativePath);
  if (path !== undefined) prepareSqliteFile(path, mayCreate);
  const database = await openWhenFree(path, signal);
  // Only now: a file that turned out to be something else stays as it is.
  if (path !== undefined) restrictModes(path, logger);
  const db = new Kysely<SecretsSchema>({ dialect: new SqliteDialect({ database }) });
  const statements = new Statements(db, sqliteDialect);
  return {
    statements,
    dialect: sqliteDialect,
    location: path === undefined ? "a SQLite database in memory" : `the SQLite database ${path}`,
    close: () => {
      statements.close();
      return db.destroy();
    },
  };
}

/** Opening a file needs its lock for a moment, which another process may have. */
async function openWhenFree(path: string | undefined, signal: AbortSignal): Promise<SqliteDatabase> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return openSqliteFile(path);
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    signal.throwIfAborted();
    if (performance.now() - startedAt > LONGEST_WAIT_MILLISECONDS) throw sqliteDialect.lockedTooLong();
    await sleep(1 + Math.random() * sqliteDialect.longestPauseMilliseconds);
  }
}

function openSqliteFile(path: string | undefined): SqliteDatabase {
  try {
    return openSqlite(path ?? ":memory:");
  } catch (error) {
    if (path === undefined || isBusy(error)) throw error;
    const [SQLITE_CORRUPT, SQLITE_NOTADB] = [11, 26];
    const code = sqliteResultCode(error);
    if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) throw unwritableFile(path, error);
    const what = code === SQLITE_CORRUPT ? "a damaged" : "no";
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      `The file ${path} is ${what} SQLite database; nothing was changed in it. Restore it from a backup, or name another one with ARCHESTRA_DATABASE_URL=sqlite:…`,
      { reason: "NOT_A_DATABASE", cause: error },
    );
  }
}
