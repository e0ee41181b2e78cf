import type { Logger } from "@archestra/secrets-core";
import type { DbOptions } from "../settings/db-settings.ts";
import { loadPart } from "../settings/standalone.ts";
import { openEnd } from "./open-end.ts";

/** The options of `moveDatabase`. */
export interface MoveDatabaseOptions {
  /** The database that the applications use: `url` or `kysely`, as in `dbPlugin`. No encryption key is needed. */
  readonly from: DbOptions;
  /** An empty database, or the one of a call that did not end. Its tables are made. */
  readonly to: DbOptions;
  /** Ends the call with ABORTED. Called again, it goes on. Absent: it ends by itself. */
  readonly signal?: AbortSignal | undefined;
  /** Called about every 250 rows. Its promise is awaited: one that rests slows the move down. */
  readonly onProgress?: ((progress: MoveProgress) => void | Promise<void>) | undefined;
  /** Where warnings go, as in `createSecretsManager`. @default `process.emitWarning` */
  readonly logger?: Logger | undefined;
}

/** The progress of a move. */
export interface MoveProgress {
  /**
   * `copy`: the source accepts changes, and every pass copies what changed since the one before. `final`: the source accepts
   * none. `verify`: both databases are compared.
   */
  readonly phase: "copy" | "final" | "verify";
  /** Counts passes over the table, from 1. */
  readonly pass: number;
  /** How many rows this pass has read. */
  readonly rows: number;
  /** How many of them it has copied. */
  readonly changed: number;
}

/** The result of a move. */
export interface MoveReport {
  /** Rows of the table of secrets at the target: secrets, and ownership to secrets of other managers. */
  readonly rows: number;
  /** Encryption keys that are registered at the target. */
  readonly keys: number;
  /** How often the table was read to be copied. 0: an earlier call had ended the move. */
  readonly passes: number;
  /** Every row and every key of both databases was compared, and they were the same. The call fails when they were not. */
  readonly verified: true;
}

/**
 * Moves all secrets, ownership and keys from one database to another under live readers and writers. Names, versions,
 * times and encrypted values stay as they are, so every key opens at the target what it opened at the source. No variable of
 * the environment is read.
 *
 * Near the end it closes the source: from then on every change there fails with UNAVAILABLE, reason DATABASE_MOVED, whichever
 * program makes it. It copies the rest, compares every row and every key of both databases, and opens the target. Then
 * restart the applications with the new URL. Interrupted at any moment, it goes on when it is called again.
 *
 * @example
 * ```ts
 * const report = await moveDatabase({
 *   from: { url: "sqlite:.archestra/secrets.db" },
 *   to: { url: "postgres://user:password@host/database" },
 * });
 * ```
 * @throws SecretsError ALREADY_EXISTS, reason TARGET_OCCUPIED, when the target holds something else; INVALID_CONFIGURATION
 * when a database cannot be opened as it is; CONFLICT, reason MOVE_TAKEN_OVER, when another call goes on with the move;
 * INTERNAL, reason MOVE_NOT_VERIFIED, when the target differs at the end; ABORTED; UNAVAILABLE, UNAUTHENTICATED or
 * PERMISSION_DENIED from a database
 */
export async function moveDatabase(options: MoveDatabaseOptions): Promise<MoveReport> {
  const { moveBetween } = await loadPart("moveDatabase", import("./move-between.ts"));
  return moveBetween(options, openEnd);
}

/** The options of `checkDatabaseMove`, as in `moveDatabase`. */
export type CheckDatabaseMoveOptions = Pick<MoveDatabaseOptions, "from" | "to" | "signal" | "logger">;

/** What `moveDatabase` would do. */
export interface MoveCheck {
  /** Rows of the table of secrets at the source. */
  readonly rows: number;
  /** Encryption keys that are registered at the source. */
  readonly keys: number;
  /** Whether the target has a part of this move already, from an earlier call. */
  readonly continues: boolean;
}

/**
 * Checks a move and changes nothing: opens both databases, and refuses what `moveDatabase` would refuse at its beginning, such
 * as a target that holds something else. The permissions to create tables and to close the source are not checked.
 *
 * @example
 * ```ts
 * const { rows } = await checkDatabaseMove({ from: { url: oldUrl }, to: { url: newUrl } });
 * ```
 * @throws SecretsError as `moveDatabase` does
 */
export async function checkDatabaseMove(options: CheckDatabaseMoveOptions): Promise<MoveCheck> {
  const { checkMove } = await loadPart("checkDatabaseMove", import("./move-check.ts"));
  return checkMove(options, openEnd);
}

/** The options of `releaseDatabase`. */
export interface ReleaseDatabaseOptions {
  /** Ends the call with ABORTED. Absent: it ends by itself. */
  readonly signal?: AbortSignal | undefined;
  /** Where warnings go, as in `createSecretsManager`. @default `process.emitWarning` */
  readonly logger?: Logger | undefined;
}

/**
 * Lets a database that was closed by `moveDatabase` accept changes again: the rollback of a move. Changes that were written
 * to the target since then are not copied back. To keep them, move that database back with `moveDatabase`.
 *
 * @param database the source of the move: `url` or `kysely`, as in `dbPlugin`
 * @returns whether it was closed
 * @throws SecretsError INVALID_CONFIGURATION, reason MOVE_UNFINISHED, for the target of a move that has not ended
 */
export async function releaseDatabase(
  database: DbOptions,
  options: ReleaseDatabaseOptions = {},
): Promise<boolean> {
  const { release } = await loadPart("releaseDatabase", import("./move-between.ts"));
  return release(database, options, openEnd);
}
