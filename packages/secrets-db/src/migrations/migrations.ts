import { type Kysely, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import type { Statement } from "../database/statements.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { MIGRATIONS_TABLE, type SecretsSchema } from "../schema/tables.ts";
import { secretsAndKeys } from "./0001-secrets-and-keys.ts";

/**
 * The statements that change the tables, in their order, within a transaction. Within a major version they only add, so that
 * older replicas work on.
 */
export type Migration = (db: Kysely<SecretsSchema>, dialect: Dialect) => Statement<unknown>[];

/** Every migration by name, in the order in which they run. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-secrets-and-keys": secretsAndKeys,
};

/** The statement that makes the table of migrations where it is missing. */
export function createMigrationsTable(db: Kysely<SecretsSchema>): Statement<unknown> {
  const table = tableOf(db, MIGRATIONS_TABLE);
  return sql`CREATE TABLE IF NOT EXISTS ${table} (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)`;
}

/** The migrations that are not among those that were executed, in their order. */
export function pendingNames(executed: ReadonlySet<string>): string[] {
  return Object.keys(migrations).filter((name) => !executed.has(name));
}

/** The statements of one migration, without parameters, and the one that records it. */
export function migrationStatements(
  db: Kysely<SecretsSchema>,
  dialect: Dialect,
  name: string,
): Statement<unknown>[] {
  const table = tableOf(db, MIGRATIONS_TABLE);
  const record = sql`INSERT INTO ${table} (name, timestamp) VALUES (${sql.lit(name)}, ${dialect.sql.columns.timestamp})`;
  return [...(migrations[name]?.(db, dialect) ?? []), record];
}
