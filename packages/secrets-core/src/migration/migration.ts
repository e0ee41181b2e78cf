/*
 * What moves secrets between managers. Only the functions themselves are here: what they do is loaded by the first call, as
 * most processes never move anything.
 */
import type { SecretsManager } from "../manager/secrets-manager.ts";
import type { BulkOptions, BulkReport } from "./bulk-report.ts";

/** What `migrateSecrets` takes. */
export interface MigrateSecretsOptions extends BulkOptions {
  /** The id of the manager that the secrets move to. */
  readonly to: string;
  /** Only secrets of this manager. @default those of every other manager */
  readonly from?: string | undefined;
  /** Only looks what would fail, and moves nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /**
   * Declares that nobody writes secrets while this runs, which moving away from a manager without conditional writes needs,
   * such as Vault's KV version 1: a writer who had begun before could be lost there. @default false
   */
  readonly writersStopped?: boolean | undefined;
}

/**
 * Moves secrets to another manager while applications read and write them. Each is held fast for a moment, in which writers
 * wait, and has its old owner or its new one after a crash at any point; the same call goes on where an earlier one
 * stopped. The copy at the old manager stays, known to the table, until {@link finalizeMigration}.
 *
 * A value with a number that has more digits than a JavaScript number holds is not moved: its secret fails with
 * INVALID_VALUE, reason NUMBER_NOT_EXACT, in the dry run too.
 *
 * Secrets that the old manager holds and the table does not know are adopted first, as any call on them would.
 *
 * @param manager of a process with the plugins of both managers, and with a table of owners
 * @returns `done`: moved, or with `dryRun` would be; `skipped`: there already, or a row without a value
 * @throws SecretsError UNSUPPORTED without a table of owners, or when `from` needs `writersStopped` (without `from`, each
 * secret of such a manager fails);
 * INVALID_CONFIGURATION when one of the managers is not installed or not configured; ABORTED by `signal`
 * @throws TypeError for options that are none
 */
export async function migrateSecrets(
  manager: SecretsManager,
  options: MigrateSecretsOptions,
): Promise<BulkReport> {
  const { migrateAll } = await import("../routing.ts");
  return migrateAll(manager, options);
}

/** What `finalizeMigration` takes. */
export interface FinalizeMigrationOptions extends BulkOptions {
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
): Promise<BulkReport> {
  const { finalizeAll } = await import("../routing.ts");
  return finalizeAll(manager, options);
}

/**
 * Rewrites the paths that the table of owners recorded, after the place of the secrets was changed on purpose, such as by
 * another prefix in Vault: for each row only once its value is seen to lie at the new path. It moves no value.
 *
 * @returns `done`: rows that were rewritten; `skipped`: rows that say so already; failed with NOT_FOUND, reason
 * NOT_AT_NEW_PATH: rows whose value is not there, which stay as they are
 * @throws SecretsError UNSUPPORTED without a table of owners; ABORTED by `signal`
 * @throws TypeError for options that are none
 */
export async function rebindPaths(manager: SecretsManager, options: BulkOptions = {}): Promise<BulkReport> {
  const { rebindAll } = await import("../routing.ts");
  return rebindAll(manager, options);
}
