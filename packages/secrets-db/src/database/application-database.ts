import { SecretsError } from "@archestra/secrets-core";
import type { Kysely } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { Dialect } from "./dialect.ts";
import type { OpenDatabase } from "./open-database.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";

/** By the name of Kysely's adapter, since the application may hold another copy of Kysely than this package. */
const dialects: Readonly<Record<string, Dialect>> = {
  PostgresAdapter: postgresDialect,
  PGliteAdapter: postgresDialect,
  SqliteAdapter: sqliteDialect,
};

/**
 * Takes a Kysely instance that the application has. Its plugins are left aside, since one such as `CamelCasePlugin` would
 * rename our columns, and it stays open when the manager closes.
 *
 * @throws SecretsError INVALID_CONFIGURATION for a dialect that is none of PostgreSQL, PGlite and SQLite
 */
// biome-ignore lint/suspicious/noExplicitAny: an instance for whichever tables the application has
export function useApplicationDatabase(kysely: Kysely<any>): OpenDatabase {
  const db: Kysely<SecretsSchema> = kysely.withoutPlugins();
  const adapter = adapterName(db.getExecutor().adapter);
  const dialect = adapter === undefined ? undefined : dialects[adapter];
  if (dialect === undefined) {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "The option `kysely` of dbPlugin is of a dialect that is not supported. Pass an instance for PostgreSQL, PGlite or SQLite, or leave it out and set ARCHESTRA_DATABASE_URL.",
      { reason: "UNKNOWN_DIALECT" },
    );
  }
  return { db, dialect, location: "the application's database", close: async () => {} };
}

/** An adapter that extends one of Kysely's counts as that one. */
function adapterName(adapter: object): string | undefined {
  for (
    let prototype = Object.getPrototypeOf(adapter);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const { name } = prototype.constructor as { name: string };
    if (Object.hasOwn(dialects, name)) return name;
  }
  return undefined;
}
