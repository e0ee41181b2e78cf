import { SecretsError } from "@archestra/secrets-core";
import { isSchemaName, schemaNameRule } from "../schema/schema-name.ts";
import { loadPart } from "../settings/standalone.ts";

/** How migrations are printed. */
export interface PrintMigrationsOptions {
  /** The schema of the tables, for PostgreSQL. Absent: the first one of the connection's `search_path`. */
  readonly schema?: string | undefined;
}

/**
 * Returns the SQL of every migration of this version, for an empty database. It needs no connection.
 *
 * @throws SecretsError INVALID_ARGUMENT for an unknown dialect or schema, and for a schema on SQLite
 * @example await printMigrations("postgres", { schema: "vault" })
 */
export async function printMigrations(
  dialect: "postgres" | "sqlite",
  { schema }: PrintMigrationsOptions = {},
): Promise<string> {
  if (dialect !== "postgres" && dialect !== "sqlite")
    throw refused('The dialect must be "postgres" or "sqlite".');
  if (schema !== undefined && dialect === "sqlite")
    throw refused("SQLite has no schemas. Omit the option `schema`.");
  if (schema !== undefined && !(typeof schema === "string" && isSchemaName(schema)))
    throw refused(`The option \`schema\` ${schemaNameRule}.`);
  const [{ migrationSql }, { pendingNames }] = await loadPart(
    "printMigrations",
    Promise.all([import("./migration-sql.ts"), import("./migrations.ts")]),
  );
  return migrationSql(dialect, pendingNames(new Set()), schema, true);
}

function refused(message: string): SecretsError {
  return new SecretsError("INVALID_ARGUMENT", message);
}
