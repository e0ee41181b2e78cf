import { migrateDatabase, pendingMigrations } from "@archestra/secrets-db";
import type { CommandContext } from "../program/command-context.ts";

export interface SchemaMigrateOptions {
  readonly dryRun?: boolean;
}

/** Runs the pending migrations, or lists them. */
export async function runMigrations(
  { output, standalone }: CommandContext,
  { dryRun = false }: SchemaMigrateOptions,
): Promise<void> {
  const migrations = dryRun
    ? (await pendingMigrations({}, standalone)).names
    : (await migrateDatabase({}, standalone)).executed;
  output.result({ dryRun, migrations: [...migrations] }, (page) => {
    if (migrations.length === 0) return page.line("No migration is pending.");
    page.line(dryRun ? "These migrations are pending:" : "These migrations were run:");
    for (const migration of migrations) page.line(migration, "  ");
  });
}
