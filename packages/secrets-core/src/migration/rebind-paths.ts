import type { SecretsManager } from "../manager/secrets-manager.ts";
import type { BulkOptions, BulkReport } from "./bulk-report.ts";
import { assertBulkOptions, routedPartsOf, runInBulk } from "./bulk-run.ts";

/** The work itself of `rebindPaths`. */
export async function rebindAll(manager: SecretsManager, options: BulkOptions): Promise<BulkReport> {
  const call = "rebindPaths";
  assertBulkOptions(options, call, []);
  const parts = routedPartsOf(manager, call);
  const { store, moves } = parts;
  return runInBulk(parts, call, options, undefined, async (name, first, running) => {
    for (let entry = first; ; entry = undefined) {
      entry ??= await store.table.find(name, running);
      if (entry === undefined) return "skipped";
      // Of a process that died, by whose old settings nobody can finish it any more.
      if (entry.state !== "active" && !store.recovery.isStale(entry)) return "in transition";
      const outcome = await moves.rebind(entry, running);
      if (outcome === "rebound") return "done";
      if (outcome === "unchanged") return "skipped";
    }
  });
}
