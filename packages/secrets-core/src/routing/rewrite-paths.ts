import type { SecretsManager } from "../manager/secrets-manager.ts";
import type { BulkOptions, BulkReport } from "./bulk-report.ts";
import { assertBulkOptions, routedPartsOf, workThroughRows } from "./row-work.ts";

/** The work itself of `rebindReferences`. */
export async function rewritePaths(manager: SecretsManager, options: BulkOptions): Promise<BulkReport> {
  const call = "rebindReferences";
  assertBulkOptions(options, call, []);
  const parts = routedPartsOf(manager, call);
  const { store, moves } = parts;
  return workThroughRows(parts, call, options, undefined, async (name, first, operation) => {
    for (let row = first; ; row = undefined) {
      row ??= await store.table.find(name, operation);
      if (row === undefined) return "skipped";
      // Of a process that died, by whose old settings nobody can finish it any more.
      if (row.state !== "active" && !store.transitions.isOld(row)) return "in transition";
      const outcome = await moves.rebind(row, operation);
      if (outcome === "rebound") return "done";
      if (outcome === "unchanged") return "skipped";
    }
  });
}
