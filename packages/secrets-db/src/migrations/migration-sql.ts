import { sql } from "kysely";
import { inSchema } from "../database/database-schema.ts";
import type { Dialect } from "../database/dialect.ts";
import { compile, type Statement } from "../database/statements.ts";
import { unconnected } from "../opening/dialects.ts";
import { laidOutSql } from "../schema/laid-out-sql.ts";
import { createMigrationsTable, migrationStatements } from "./migrations.ts";

/**
 * The SQL of some migrations, as text that a database tool can run.
 *
 * @param schema created first when it is given and `createsSchema` is set
 */
export function migrationSql(
  name: Dialect["name"],
  names: readonly string[],
  schema: string | undefined,
  createsSchema: boolean,
): string {
  if (names.length === 0) return "";
  const { dialect, db: plain } = unconnected(name);
  const db = inSchema(plain, schema);
  const text = (statement: Statement<unknown>) => {
    const query = compile(db, statement);
    // A parameter has no place in a script; a test compiles every migration.
    if (query.parameters.length > 0) throw new Error("A statement of a migration has parameters.");
    return `${laidOutSql(`${query.sql};`)}\n`;
  };
  const schemas =
    createsSchema && schema !== undefined ? [sql`CREATE SCHEMA IF NOT EXISTS ${sql.id(schema)}`] : [];
  const first = [...schemas, createMigrationsTable(db)].map(text).join("");
  const migrations = names.map((migration) => {
    const statements = migrationStatements(db, dialect, migration).map(text).join("");
    return `-- ${migration}\n${statements}`;
  });
  return `-- Run this in one transaction.\n${first}${migrations.join("")}`;
}
