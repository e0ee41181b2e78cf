import { assertBoolean } from "../call/arguments.ts";
import type { SecretsManager } from "../manager/secrets-manager.ts";
import type { BulkReport } from "./bulk-report.ts";
import { assertBulkOptions, openMigration, recoverIfStale, runInBulk } from "./bulk-run.ts";
import type { FinalizeMigrationOptions } from "./migration.ts";

/** Implements `finalizeMigration`. */
export async function finalizeAll(
  manager: SecretsManager,
  options: FinalizeMigrationOptions,
): Promise<BulkReport> {
  const call = "finalizeMigration";
  assertBulkOptions(options, call, ["copiesAt", "dryRun"]);
  const { copiesAt, dryRun = false } = options;
  assertBoolean(dryRun, `The option \`dryRun\` of ${call}`);
  if (copiesAt !== undefined && (typeof copiesAt !== "string" || copiesAt.trim() === "")) {
    throw new TypeError(`The option \`copiesAt\` of ${call} must be the id of a manager.`);
  }
  const migration = openMigration(manager, call);
  const { store, moves } = migration;
  const holder = copiesAt === undefined ? undefined : store.managers.idOf(copiesAt);
  if (holder !== undefined) {
    // A misspelled id must be an error, not a run without copies.
    const { signal } = options;
    await migration.runner.run({ operation: call, signal }, () => store.managers.open(holder));
  }
  return runInBulk(migration, call, options, undefined, async (_name, entry, running) => {
    if (entry === undefined || entry.state === "creating") return "skipped";
    if (entry.state !== "active") return recoverIfStale(migration, entry, running);
    if (entry.copy === undefined || (holder !== undefined && entry.copy.manager !== holder)) return "skipped";
    return dryRun ? moves.finalizeDryRun(entry, running) : moves.finalize(entry, running);
  });
}
