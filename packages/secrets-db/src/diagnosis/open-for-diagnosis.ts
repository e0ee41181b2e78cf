import { isAbsolute, resolve } from "node:path";
import type { DiagnosisContext } from "@archestra/secrets-core/plugin";
import { Kysely, SqliteDialect } from "kysely";
import { assertNoSchema } from "../database/database-schema.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import { Statements } from "../database/statements.ts";
import { EMBEDDED_PATH, inTime, openConfiguredDatabase } from "../opening/open-configured-database.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import type { DbSettings } from "../settings/db-settings.ts";
import { findDamage, reportingDialect } from "../sqlite/problem.ts";
import { openReadOnly } from "../sqlite/read-only.ts";
import { examineSqliteFile } from "./examine-sqlite-file.ts";

/**
 * Opens the database that the settings name without changing or creating anything.
 *
 * @returns undefined when there is nothing to open, and a finding says why
 * @throws SecretsError when it cannot be opened as it is
 */
export async function openForDiagnosis(
  settings: DbSettings,
  context: DiagnosisContext,
): Promise<OpenDatabase | undefined> {
  const { url, kysely, schema } = settings;
  if (kysely === undefined) {
    const location =
      url === undefined ? { dialect: "sqlite" as const, path: EMBEDDED_PATH } : await inTime(url);
    if (location.dialect === "sqlite") {
      assertNoSchema(schema);
      return location.path === undefined
        ? reportMemory(context)
        : openFile(location.path, settings.runMigrations, context);
    }
  }
  return openConfiguredDatabase(settings, false, { ...context, strict: false });
}

function openFile(
  configured: string,
  mayCreate: boolean,
  context: DiagnosisContext,
): OpenDatabase | undefined {
  const path = resolve(configured);
  const location = `the SQLite database ${path}`;
  context.fact({ key: "dialect", label: "dialect", value: "sqlite" });
  context.fact({ key: "location", label: "location", value: path });
  const file = examineSqliteFile(path, mayCreate, !isAbsolute(configured), context);
  if (file === undefined) return undefined;
  const dialect = reportingDialect({ path, target: file });
  const { database, clean } = openReadOnly(file);
  const db = new Kysely<SecretsSchema>({ dialect: new SqliteDialect({ database }) });
  const statements = new Statements(db, dialect, location);
  return {
    statements,
    dialect,
    location,
    close: async () => {
      statements.close();
      await db.destroy();
      clean();
    },
    findDamage: () => findDamage(statements, path),
  };
}

function reportMemory({ fact, finding, strict }: DiagnosisContext): undefined {
  fact({ key: "dialect", label: "dialect", value: "sqlite" });
  fact({ key: "location", label: "location", value: ":memory:" });
  finding({
    code: "DATABASE_IN_MEMORY",
    severity: strict ? "broken" : "degraded",
    message:
      "The SQLite database is in memory, so every secret is lost when the process ends. Name a file, as in ARCHESTRA_DATABASE_URL=sqlite:///var/lib/app/secrets.db.",
    remedy: { variable: "ARCHESTRA_DATABASE_URL" },
  });
}
