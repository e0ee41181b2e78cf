import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@archestra/secrets-core";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import { assertNoSchema } from "../database/database-schema.ts";
import type { OpenDatabase, Opening } from "../database/open-database.ts";
import { LONGEST_PAUSE_MILLISECONDS, Statements } from "../database/statements.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import { closeWithoutCheckpoint, openSqlite } from "./connection.ts";
import { sqliteDialect } from "./dialect.ts";
import { isBusy } from "./error.ts";
import { prepareSqliteFile } from "./file.ts";
import { unwritableFile } from "./file-error.ts";
import { restrictModes } from "./file-modes.ts";
import { assertNotMounted } from "./mount.ts";
import { describeSqliteError, findDamage, reportingDialect } from "./problem.ts";
import { findSecondLibrary } from "./second-library.ts";
import type { SqliteLocation } from "./url.ts";

const { existsSync, realpathSync } = process.getBuiltinModule("node:fs");

const LONGEST_WAIT_MILLISECONDS = 60_000;

/**
 * Opens a SQLite database: a file, or a database in memory.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason SCHEMA_UNSUPPORTED, when a schema is set; as `openSqliteFile`
 */
export async function openSqliteDatabase(
  { path }: SqliteLocation,
  schema: string | undefined,
  opening: Opening,
): Promise<OpenDatabase> {
  assertNoSchema(schema);
  if (path !== undefined) return openSqliteFile(resolve(path), opening);
  const db = new Kysely<SecretsSchema>({ dialect: new SqliteDialect({ database: openSqlite(":memory:") }) });
  const statements = new Statements(db, sqliteDialect);
  return {
    statements,
    dialect: sqliteDialect,
    location: "a SQLite database in memory",
    close: () => {
      statements.close();
      return db.destroy();
    },
  };
}

/**
 * Opens a database file. It is created when there is none.
 *
 * @throws SecretsError INVALID_CONFIGURATION when the file cannot be used as it is; UNAVAILABLE when the machine has no
 * space, inodes or descriptors left
 */
async function openSqliteFile(
  path: string,
  { mayCreate, strict, logger, signal }: Opening,
): Promise<OpenDatabase> {
  prepareSqliteFile(path, mayCreate);
  // SQLite keeps `-wal` and `-shm` beside the file, not beside a link to it.
  const file = realpathSync(path);
  assertNotMounted(file, strict, logger);
  const hadLog = existsSync(`${file}-wal`);
  const database = await openWhenFree(path, signal);
  const dialect = reportingDialect({ path, target: file });
  // Only now: a file that turned out to be something else stays as it is.
  restrictModes(file, logger);
  warnOfSecondLibrary(file, logger);
  const db = new Kysely<SecretsSchema>({ dialect: new SqliteDialect({ database }) });
  const location = `the SQLite database ${path}`;
  const statements = new Statements(db, dialect, location);
  const close = () => {
    statements.close();
    return db.destroy();
  };
  return {
    statements,
    dialect,
    location,
    close,
    abandon: () => (hadLog ? closeWithoutCheckpoint(file, close) : close()),
    findDamage: () => findDamage(statements, path),
    ...(hadLog ? { logFound: `${file}-wal` } : {}),
  };
}

/** Opening a file needs its lock for a moment, which another process may have. */
async function openWhenFree(path: string, signal: AbortSignal): Promise<SqliteDatabase> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return openSqlite(path);
    } catch (error) {
      if (!isBusy(error)) throw describeSqliteError(error, path) ?? unwritableFile(path, error);
    }
    signal.throwIfAborted();
    if (performance.now() - startedAt > LONGEST_WAIT_MILLISECONDS) throw sqliteDialect.errors.lockedTooLong();
    await sleep(1 + Math.random() * LONGEST_PAUSE_MILLISECONDS);
  }
}

function warnOfSecondLibrary(file: string, logger: Logger): void {
  const problem = findSecondLibrary(file);
  if (problem === undefined) return;
  logger.warn({ code: "ARCHESTRA_SECRETS_SECOND_SQLITE_LIBRARY", path: file }, problem.message);
}
