import { SecretsError } from "@archestra/secrets-core";
import { type DialectAdapter, type Kysely, PostgresAdapter, SqliteAdapter } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { Dialect } from "./dialect.ts";
import type { OpenDatabase } from "./open-database.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { Statements } from "./statements.ts";

/**
 * Takes a Kysely instance that the application has. Its plugins are left aside, since one such as `CamelCasePlugin` would
 * rename our columns, and it stays open when the manager closes.
 *
 * @throws SecretsError INVALID_CONFIGURATION for a dialect that is none of PostgreSQL, PGlite and SQLite
 */
// biome-ignore lint/suspicious/noExplicitAny: an instance for whichever tables the application has
export function useApplicationDatabase(kysely: Kysely<any>): OpenDatabase {
  const db: Kysely<SecretsSchema> = kysely.withoutPlugins();
  const dialect = dialectOf(db.getExecutor().adapter);
  if (dialect === undefined) {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "The option `kysely` of dbPlugin is of a dialect that is not supported. Pass an instance for PostgreSQL, PGlite or SQLite, or leave it out and set ARCHESTRA_DATABASE_URL.",
      { reason: "UNKNOWN_DIALECT" },
    );
  }
  const statements = new Statements(db, dialect);
  return {
    statements,
    dialect,
    location: "the application's database",
    close: async () => statements.close(),
  };
}

/** Undefined: none that we know. An adapter that extends one of Kysely's, as PGlite's does, counts as that one. */
function dialectOf(adapter: DialectAdapter): Dialect | undefined {
  if (isAdapter(adapter, PostgresAdapter, "PostgresAdapter")) return postgresDialect;
  if (isAdapter(adapter, SqliteAdapter, "SqliteAdapter")) return sqliteDialect;
  return undefined;
}

/**
 * By the class, since a bundler may have shortened its name; and by the name, since the application may hold another copy
 * of Kysely than this package.
 */
function isAdapter(adapter: DialectAdapter, adapterClass: new () => DialectAdapter, name: string): boolean {
  if (adapter instanceof adapterClass) return true;
  let prototype = Object.getPrototypeOf(adapter);
  while (prototype !== null && prototype.constructor.name !== name)
    prototype = Object.getPrototypeOf(prototype);
  return prototype !== null;
}
