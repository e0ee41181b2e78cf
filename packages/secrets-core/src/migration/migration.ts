/*
 * The public functions of migrations. The first call loads their implementation, as most processes never migrate.
 */
import type { SecretsManager } from "../manager/secrets-manager.ts";
import type { BulkOptions, BulkReport } from "./bulk-report.ts";

/** The options of `migrateSecrets`. */
export interface MigrateSecretsOptions extends BulkOptions {
  /** The id of the target manager. */
  readonly to: string;
  /** Moves only secrets of this manager. @default the secrets of every other manager */
  readonly from?: string | undefined;
  /** Whether to report what would fail without moving secrets. @default false */
  readonly dryRun?: boolean | undefined;
  /**
   * Declares that no process writes secrets during the migration. A source without conditional writes, such as Vault's KV
   * version 1, requires it: a write that began before the move could be lost there. @default false
   */
  readonly writersStopped?: boolean | undefined;
}

/**
 * Moves secrets to another manager while applications read and write them. Each secret is locked for a moment, in which writers
 * wait. After a crash at any point, a secret has its old or its new owner, and repeating the call continues the migration. The
 * copy at the old manager stays, and the ownership table records it, until {@link finalizeMigration}.
 *
 * A value with a number that a JavaScript number cannot represent exactly is not moved: its secret fails with INVALID_VALUE,
 * reason NUMBER_NOT_EXACT, also in a dry run.
 *
 * Secrets of the old manager without an entry are adopted first.
 *
 * @param manager a manager with the plugins of both managers and an ownership table
 * @returns `done`: moved, or with `dryRun` movable; `skipped`: already at the target, or an entry without a value
 * @throws SecretsError UNSUPPORTED without an ownership table, or when `from` requires `writersStopped` (without `from`, each
 * secret of such a manager fails);
 * INVALID_CONFIGURATION when one of the managers is not installed or not configured; ABORTED by `signal`
 * @throws TypeError for invalid options
 * @example
 * const report = await migrateSecrets(secrets, { from: "DB", to: "VAULT", dryRun: true });
 * for (const { name, error } of report.failures) console.error(name, error.code, error.reason);
 */
export async function migrateSecrets(
  manager: SecretsManager,
  options: MigrateSecretsOptions,
): Promise<BulkReport> {
  const { migrateAll } = await import("../routing.ts");
  return migrateAll(manager, options);
}

/** The options of `finalizeMigration`. */
export interface FinalizeMigrationOptions extends BulkOptions {
  /** Removes only copies at this manager. @default copies at every manager */
  readonly copiesAt?: string | undefined;
  /** Whether to report what would fail without removing copies. @default false */
  readonly dryRun?: boolean | undefined;
}

/**
 * Removes the copies that moves left behind, after verifying that the owner has the value. Until then, moving the secret back
 * is the rollback.
 *
 * @returns `done`: removed copies, or with `dryRun` removable ones; `skipped`: secrets without one
 * @throws SecretsError UNSUPPORTED without an ownership table; INVALID_CONFIGURATION when a manager that has copies is not
 * installed or not configured; ABORTED by `signal`
 * @throws TypeError for invalid options
 * @example
 * await finalizeMigration(secrets, { copiesAt: "DB" });
 */
export async function finalizeMigration(
  manager: SecretsManager,
  options: FinalizeMigrationOptions = {},
): Promise<BulkReport> {
  const { finalizeAll } = await import("../routing.ts");
  return finalizeAll(manager, options);
}

/** The options of `rebindPaths`. */
export interface RebindPathsOptions extends BulkOptions {
  /** Whether to report what would fail without rewriting paths. @default false */
  readonly dryRun?: boolean | undefined;
}

/**
 * Rewrites the paths in the ownership table after the location of the secrets was changed on purpose, such as to another prefix
 * in Vault. It rewrites an entry only after verifying that the value is at the new path, and moves no value.
 *
 * @returns `done`: rewritten entries, or with `dryRun` those to rewrite; `skipped`: entries with the new path; failed with NOT_FOUND, reason NOT_AT_NEW_PATH:
 * unchanged entries whose value is not at the new path
 * @throws SecretsError UNSUPPORTED without an ownership table; ABORTED by `signal`
 * @throws TypeError for invalid options
 * @example
 * const { done, failures } = await rebindPaths(secrets, { prefix: "team-a/" });
 */
export async function rebindPaths(
  manager: SecretsManager,
  options: RebindPathsOptions = {},
): Promise<BulkReport> {
  const { rebindAll } = await import("../routing.ts");
  return rebindAll(manager, options);
}
