import type { SecretsManager } from "../manager/secrets-manager.ts";
import type { BulkReport } from "./bulk-report.ts";
import type { FinalizeMigrationOptions } from "./migration.ts";
import { assertBulkOptions, routedPartsOf, workThroughRows } from "./row-work.ts";

/** The work itself of `finalizeMigration`. */
export async function removeCopies(
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
  const holder = copiesAt === undefined ? undefined : store.owners.idOf(copiesAt);
  if (holder !== undefined) {
    // Of a misspelt one there would be no copies, and nobody would be told that none was removed.
    const { signal } = options;
    await parts.gateway.run({ operation: call, signal }, () => store.owners.open(holder));
  }
  return workThroughRows(parts, call, options, undefined, async (name, first, operation) => {
    for (let row = first; ; row = undefined) {
      row ??= await store.table.find(name, operation);
      if (row === undefined || row.state === "pending") return "skipped";
      if (row.state !== "active") {
        if (!store.transitions.isOld(row)) return "in transition";
        await store.transitions.recover(row, operation);
        continue;
      }
      if (row.copy === undefined || (holder !== undefined && row.copy.manager !== holder)) return "skipped";
      if ((await moves.finalize(row, operation)) === "removed") return "done";
    }
  });
}
