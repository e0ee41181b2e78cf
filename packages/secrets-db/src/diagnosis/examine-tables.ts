import type { DiagnosisContext } from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import { pendingNames } from "../migrations/migrations.ts";
import { executedMigrations, hasSchema } from "../migrations/run-migrations.ts";
import { privileges } from "../schema/grants.ts";
import { schemaOf, tableOf } from "../schema/qualified-table.ts";

/**
 * Examines the schema, the migrations and the permissions of the user.
 *
 * @returns whether the tables are there
 */
export async function examineTables(
  database: OpenDatabase,
  mayMigrate: boolean,
  context: DiagnosisContext,
): Promise<boolean> {
  const { statements, dialect } = database;
  const { fact, finding, signal } = context;
  const [schema, exists] = await statements.read(
    { signal },
    async (session) => [schemaOf(session.db), await hasSchema(session)] as const,
  );
  if (schema !== undefined) fact({ key: "schema", label: "schema", value: schema });
  const executed = await statements.read({ signal }, executedMigrations).catch(async (error: unknown) => {
    if (dialect.errors.conditionOf(error) === "missing-table") return undefined;
    const isRefused = dialect.name === "postgres" && statements.classify(error) === "PERMISSION_DENIED";
    if (isRefused && (await examinePrivileges(database, context).catch(() => false))) return "refused";
    throw error;
  });
  if (executed === "refused") return false;
  const pending = pendingNames(executed ?? new Set());
  fact({ key: "pendingMigrations", label: "pending migrations", value: pending.length });
  if (pending.length > 0) {
    const place = exists
      ? "The database"
      : `The schema ${JSON.stringify(schema)} does not exist, so the database`;
    finding({
      code: "MIGRATIONS_PENDING",
      severity: mayMigrate ? "degraded" : "broken",
      message: `${place} lacks tables of this version (pending: ${pending.join(", ")}). ${mayMigrate ? "The next start runs the migrations, if its user is permitted to." : "ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP is false, so no start runs the migrations."}`,
      remedy: {
        command: ["archestra-secrets", "schema", "migrate"],
        ...(dialect.name === "postgres"
          ? { text: "Run this as a user who can create tables, with the file of that user's settings." }
          : {}),
      },
    });
  }
  const isThere = executed !== undefined && executed.size > 0;
  if (isThere && dialect.name === "postgres") await examinePrivileges(database, context);
  return isThere;
}

/** @returns whether privileges are missing, which a finding reports */
async function examinePrivileges(
  { statements, location }: OpenDatabase,
  { finding, signal }: DiagnosisContext,
): Promise<boolean> {
  const { missing, user } = await statements.read({ signal }, async (session) => {
    const missing: string[] = [];
    for (const [table, needed] of privileges) {
      const { sql: name } = tableOf(session.db, table).compile(session.db);
      const lacking: string[] = [];
      for (const privilege of needed.split(", ")) {
        const has = await session.exists(
          sql`SELECT 1 WHERE has_table_privilege(to_regclass(${name}), ${privilege})`,
        );
        if (!has) lacking.push(privilege);
      }
      if (lacking.length > 0) missing.push(`${lacking.join(", ")} on ${table}`);
    }
    const row = await session.first(sql<{ user: string }>`SELECT CAST(current_user AS text) AS "user"`);
    return { missing, user: row?.user ?? "" };
  });
  if (missing.length === 0) return false;
  finding({
    code: "MISSING_PRIVILEGES",
    severity: "broken",
    message: `The user ${JSON.stringify(user)} of ${location} lacks privileges: ${missing.join("; ")}. Calls that need them fail. Grant them, or correct the user in ARCHESTRA_DATABASE_URL.`,
    remedy: {
      text: "As the owner of the tables, run the statements that this command prints, such as with psql.",
      variable: "ARCHESTRA_DATABASE_URL",
      command: ["archestra-secrets", "schema", "grants", "--role", user],
    },
  });
  return true;
}
