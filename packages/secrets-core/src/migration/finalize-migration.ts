import type { SecretsManager } from "../manager/secrets-manager.ts";
import type { BulkReport } from "./bulk-report.ts";
import { assertBulkOptions, routedPartsOf, runInBulk } from "./bulk-run.ts";
import type { FinalizeMigrationOptions } from "./migration.ts";

/** The work itself of `finalizeMigration`. */
export async function finalizeAll(
  manager: SecretsManager,
  options: FinalizeMigrationOptions,
): Promise<BulkReport> {
  const call = "finalizeMigration";
  assertBulkOptions(options, call, ["copiesAt"]);
  const { copiesAt } = options;
  if (copiesAt !== undefined && (typeof copiesAt !== "string" || copiesAt.trim() === "")) {
    throw new TypeError(`The option \`copiesAt\` of ${call} must be the id of a manager.`);
  }
  const parts = routedPartsOf(manager, call);
  const { store, moves } = parts;
  const holder = copiesAt === undefined ? undefined : store.managers.idOf(copiesAt);
  if (holder !== undefined) {
    // Of a misspelt one there would be no copies, and nobody would be told that none was removed.
    const { signal } = options;
    await parts.runner.run({ operation: call, signal }, () => store.managers.open(holder));
  }
  return runInBulk(parts, call, options, undefined, async (name, first, running) => {
    for (let entry = first; ; entry = undefined) {
      entry ??= await store.table.find(name, running);
      if (entry === undefined || entry.state === "creating") return "skipped";
      if (entry.state !== "active") {
        if (!store.recovery.isStale(entry)) return "in transition";
        await store.recovery.recover(entry, running);
        continue;
      }
      if (entry.copy === undefined || (holder !== undefined && entry.copy.manager !== holder))
        return "skipped";
      if (await moves.finalize(entry, running)) return "done";
    }
  });
}
