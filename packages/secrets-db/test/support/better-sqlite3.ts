import { createRequire } from "node:module";
import type { SqliteDatabase } from "kysely";
import { onTestFinished } from "vitest";

/** What the tests use of `better-sqlite3`, which comes without declarations. */
export interface BetterSqlite extends SqliteDatabase {
  pragma(text: string): unknown;
  prepare(sql: string): ReturnType<SqliteDatabase["prepare"]> & { get(): unknown };
}

const Database = createRequire(import.meta.url)("better-sqlite3") as new (file: string) => BetterSqlite;

/** Opens a file as an application does that brings this library, with a SQLite of its own. It is closed when the test ends. */
export function openBetterSqlite(file: string): BetterSqlite {
  const database = new Database(file);
  onTestFinished(() => void database.close());
  return database;
}
