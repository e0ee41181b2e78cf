import { grants, pendingMigrations, printMigrations } from "@archestra/secrets-db";
import type { Page } from "../output/page.ts";
import type { CommandContext } from "../program/command-context.ts";
import { UsageError } from "../program/usage-error.ts";
import { readVariableOrFile } from "../settings/variable-or-file.ts";

export interface PrintOptions {
  readonly dialect: "postgres" | "sqlite";
  readonly schema?: string;
}

export interface GrantsCommandOptions {
  readonly role: string;
  readonly schema?: string;
}

/** Prints the SQL of the migrations that a database lacks. */
export async function printPending({ output, standalone }: CommandContext): Promise<void> {
  const { names, sql } = await pendingMigrations({}, standalone);
  if (names.length === 0) output.note("No migration is pending.");
  output.result({ migrations: [...names], sql }, (page) => printSql(page, sql));
}

/** Prints the SQL of all tables. */
export async function printTables(context: CommandContext, options: PrintOptions): Promise<void> {
  const { dialect } = options;
  if (dialect === "sqlite" && options.schema !== undefined) {
    throw new UsageError("SQLite has no schemas. Omit --schema.");
  }
  const schema = dialect === "sqlite" ? undefined : await schemaOf(context, options);
  const sql = await printMigrations(dialect, { schema });
  const json = { dialect, ...(schema === undefined ? {} : { schema }), sql };
  context.output.result(json, (page) => printSql(page, sql));
}

/** Prints the grants of a role. */
export async function printGrants(context: CommandContext, options: GrantsCommandOptions): Promise<void> {
  const { role } = options;
  const schema = (await schemaOf(context, options)) ?? "public";
  const sql = grants({ role, schema });
  context.output.result({ role, schema, sql }, (page) => printSql(page, sql));
}

/** Prints lines as they are, so that a pipe receives nothing but SQL. */
function printSql(page: Page, sql: string): void {
  for (const line of sql.trimEnd().split("\n")) if (sql !== "") page.exact(line);
}

/** The schema of the option, else that of the settings. Undefined: the first one of the connection's `search_path`. */
async function schemaOf(
  { env, input }: CommandContext,
  { schema }: { readonly schema?: string },
): Promise<string | undefined> {
  if (schema !== undefined) return schema;
  const ofSettings = await readVariableOrFile("ARCHESTRA_DATABASE_SCHEMA", env, input);
  if (ofSettings !== undefined) return ofSettings.trim();
  const url = await readVariableOrFile("ARCHESTRA_DATABASE_URL", env, input);
  return url !== undefined && URL.canParse(url)
    ? (new URL(url).searchParams.get("schema") ?? undefined)
    : undefined;
}
