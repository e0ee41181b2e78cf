import { SecretsError } from "@archestra/secrets-core";
import { type Kysely, WithSchemaPlugin } from "kysely";
import { agreedSchema, assertNoSchema, inSchema } from "../database/database-schema.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import { errorProperty } from "../database/sql-state.ts";
import { Statements } from "../database/statements.ts";
import { schemaOf } from "../schema/qualified-table.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import { findDamage, reportingDialect } from "../sqlite/problem.ts";
import { dialectOf } from "./dialects.ts";

/**
 * Takes a Kysely instance that the application has. Its plugins are left aside, since one such as `CamelCasePlugin` would
 * rename our columns, except for the schema that `withSchema` gave it. It stays open when the manager closes.
 *
 * @param setting the schema that the settings name
 * @throws SecretsError INVALID_CONFIGURATION for a dialect that is none of PostgreSQL, PGlite and SQLite, for a
 * transaction, and for something that is not a Kysely instance
 */
// biome-ignore lint/suspicious/noExplicitAny: an instance for whichever tables the application has
export function useApplicationDatabase(kysely: Kysely<any>, setting?: string): OpenDatabase {
  if (typeof kysely?.withoutPlugins !== "function" || typeof kysely.getExecutor !== "function") {
    throw refused(
      "NOT_KYSELY",
      "is not a Kysely instance. Pass what `new Kysely(…)` returned, or leave the option out and set ARCHESTRA_DATABASE_URL.",
    );
  }
  if (kysely.isTransaction) {
    throw refused(
      "TRANSACTION_GIVEN",
      "is a transaction, which ends before the manager does. Pass the Kysely instance itself. To make calls a part of a transaction, use `inTransaction` of the manager.",
    );
  }
  const plain: Kysely<SecretsSchema> = kysely.withoutPlugins();
  const dialect = dialectOf(plain.getExecutor().adapter);
  if (dialect === undefined) throw unknownDialect("is of a dialect that is not supported");
  const schema = agreedSchema(setting, withSchemaOf(kysely), "`withSchema` of the option `kysely`");
  const isSqlite = dialect.name === "sqlite";
  if (isSqlite) assertNoSchema(schema);
  const db = inSchema(plain, schema);
  const location = "the application's database";
  const reporting = isSqlite ? reportingDialect(undefined) : dialect;
  const statements = new Statements(db, reporting, location);
  const { adapter } = db.getExecutor();
  return {
    statements,
    dialect: reporting,
    adapter,
    location,
    close: async () => statements.close(),
    ...(isSqlite ? { findDamage: () => findDamage(statements) } : {}),
  };
}

/**
 * Cloudflare D1 calls itself SQLite in Kysely, but has no transactions, and its errors carry no codes. Undefined: the error
 * is of another client.
 */
export function foreignSqliteClient(error: unknown): SecretsError | undefined {
  const message = String(errorProperty(error, "message") ?? "");
  if (!/^D1_[A-Z_]*ERROR|transactions are not supported/i.test(message)) return undefined;
  return unknownDialect(
    "is for a database without transactions that statements can be added to, such as Cloudflare D1, which is not supported",
    error,
  );
}

function unknownDialect(problem: string, cause?: unknown): SecretsError {
  return refused(
    "UNKNOWN_DIALECT",
    `${problem}. Pass an instance for PostgreSQL (\`pg\`), PGlite or SQLite (\`node:sqlite\`, \`better-sqlite3\`), or leave it out and set ARCHESTRA_DATABASE_URL.`,
    cause,
  );
}

function refused(reason: string, problem: string, cause?: unknown): SecretsError {
  const message = `The option \`kysely\` of dbPlugin ${problem}`;
  return new SecretsError("INVALID_CONFIGURATION", message, { reason, cause });
}

/**
 * The schema that `withSchema` gave to an instance. By the class of its plugin, and by its name, as for adapters.
 */
// biome-ignore lint/suspicious/noExplicitAny: an instance for whichever tables the application has
function withSchemaOf(kysely: Kysely<any>): string | undefined {
  const plugin = kysely
    .getExecutor()
    .plugins.findLast(
      (one) => one instanceof WithSchemaPlugin || one.constructor.name === "WithSchemaPlugin",
    );
  return plugin === undefined ? undefined : schemaOf(kysely.withoutPlugins().withPlugin(plugin));
}
