import { assertBoolean } from "../call/arguments.ts";
import { secretInTransition } from "../errors/unmet-expectation.ts";
import type { SecretsManager } from "../manager/secrets-manager.ts";
import type { BulkReport } from "./bulk-report.ts";
import { assertBulkOptions, openMigration, runInBulk } from "./bulk-run.ts";
import type { RebindPathsOptions } from "./migration.ts";

/** Implements `rebindPaths`. */
export async function rebindAll(manager: SecretsManager, options: RebindPathsOptions): Promise<BulkReport> {
  const call = "rebindPaths";
  assertBulkOptions(options, call, ["dryRun"]);
  const { dryRun = false } = options;
  assertBoolean(dryRun, `The option \`dryRun\` of ${call}`);
  const migration = openMigration(manager, call);
  const { store, moves } = migration;
  return runInBulk(migration, call, options, undefined, async (_name, entry, running) => {
    if (entry === undefined) return "skipped";
    // A stale transition with a path of earlier settings cannot be completed.
    if (entry.state !== "active" && !store.recovery.isStale(entry)) throw secretInTransition(entry.state);
    return moves.rebind(entry, dryRun, running);
  });
}
