import type { SecretsManager } from "../manager/secrets-manager.ts";
import { normalized } from "./migrate-secrets.ts";
import {
  assertRowWorkOptions,
  type RowWorkOptions,
  type RowWorkReport,
  routedPartsOf,
  workThroughRows,
} from "./row-work.ts";

/** What `finalizeMigration` takes. */
export interface FinalizeMigrationOptions extends RowWorkOptions {
  /** Only copies that this manager holds. @default those of every manager */
  readonly copiesAt?: string | undefined;
}

/**
 * Removes the copies that moves left behind, each once its owner is seen to have the value. Until then a move can be undone
 * by moving back.
 *
 * @returns `done`: copies that were removed; `skipped`: secrets without one
 * @throws SecretsError UNSUPPORTED without a table of owners; INVALID_CONFIGURATION when a manager that holds copies is not
 * installed or not configured; ABORTED by `signal`
 * @throws TypeError for options that are none
 */
export async function finalizeMigration(
  manager: SecretsManager,
  options: FinalizeMigrationOptions = {},
): Promise<RowWorkReport> {
  const call = "finalizeMigration";
  assertRowWorkOptions(options, call, ["copiesAt"]);
  const { copiesAt } = options;
  if (copiesAt !== undefined && (typeof copiesAt !== "string" || copiesAt.trim() === "")) {
    throw new TypeError(`The option \`copiesAt\` of ${call} must be the id of a manager.`);
  }
  const parts = routedPartsOf(manager, call);
  const { store, moves } = parts;
  const holder = copiesAt === undefined ? undefined : normalized(copiesAt, parts);
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
