import type { SecretsManager } from "../manager/secrets-manager.ts";
import {
  assertRowWorkOptions,
  type RowWorkOptions,
  type RowWorkReport,
  routedPartsOf,
  workThroughRows,
} from "./row-work.ts";

/**
 * Rewrites the paths that the table of owners recorded, after the place of the secrets was changed on purpose, such as by
 * another prefix in Vault: for each row only once its value is seen to lie at the new path. It moves no value.
 *
 * @returns `done`: rows that were rewritten; `skipped`: rows that say so already; failed with NOT_FOUND, reason
 * NOT_AT_NEW_PATH: rows whose value is not there, which stay as they are
 * @throws SecretsError UNSUPPORTED without a table of owners; ABORTED by `signal`
 * @throws TypeError for options that are none
 */
export async function rebindReferences(
  manager: SecretsManager,
  options: RowWorkOptions = {},
): Promise<RowWorkReport> {
  const call = "rebindReferences";
  assertRowWorkOptions(options, call, []);
  const parts = routedPartsOf(manager, call);
  const { store, moves } = parts;
  return workThroughRows(parts, call, options, undefined, async (name, first, operation) => {
    for (let row = first; ; row = undefined) {
      row ??= await store.table.find(name, operation);
      if (row === undefined) return "skipped";
      // The change of a process that died is finished at the new path, or stays for whoever has the old settings.
      if (row.state !== "active") return store.transitions.isOld(row) ? "skipped" : "in transition";
      const outcome = await moves.rebind(row, operation);
      if (outcome === "rebound") return "done";
      if (outcome === "unchanged") return "skipped";
    }
  });
}
