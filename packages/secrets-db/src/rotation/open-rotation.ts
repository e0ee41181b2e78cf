import type { StandaloneOptions } from "@archestra/secrets-core/plugin";
import { type DbOptions, dbSettings } from "../settings/db-settings.ts";
import { runWithSettings } from "../settings/standalone.ts";
import type { SweepProgress, SweepReport } from "../sweep/key-sweep.ts";
import type { RotationStatus } from "./rotation-status.ts";
import type { SurveyedRow, VerificationReport } from "./survey.ts";

/** The options of every call of a rotation. */
export interface RotationCallOptions {
  /** Ends the call with ABORTED, after the rows that it is working on. Absent: it ends by itself. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of `sweep`. */
export interface SweepOptions extends RotationCallOptions {
  /** Only counts the rows that a sweep would move, and those that would fail. Nothing is changed or registered. @default false */
  readonly dryRun?: boolean | undefined;
  /** Called about every 250 rows. Its promise is awaited: one that rests slows the sweep down. */
  readonly onProgress?: ((progress: SweepProgress) => void | Promise<void>) | undefined;
}

/**
 * Changes the encryption key of a database and reports the state of its secrets, with or without running applications. Call `openRotation` to open one.
 *
 * Every call can fail with UNAVAILABLE, UNAUTHENTICATED or PERMISSION_DENIED from the database, and with ABORTED.
 */
export interface Rotation extends AsyncDisposable {
  /** Where the database is, for messages. */
  readonly location: string;
  /** The id of the key that the settings make current. */
  readonly currentKeyId: string;

  /** Which keys are used by how many secrets, and what the next safe step is. */
  status(options?: RotationCallOptions): Promise<RotationStatus>;

  /**
   * Moves every secret to the current key under live readers and writers; a concurrent write always wins. It registers
   * the current key as the last one, so that no other process moves them elsewhere. Interrupted, it continues when it is
   * called again. Versions and times of the secrets stay as they are.
   *
   * @throws SecretsError DECRYPTION_FAILED, reason KEY_MISMATCH, when no key of the settings belongs to the database;
   * INVALID_CONFIGURATION, reason KEY_RETIRED, when the current key was retired; nothing is changed then
   */
  sweep(options?: SweepOptions): Promise<SweepReport>;

  /** Decrypts every secret of the whole table. Nothing is changed. */
  verify(options?: RotationCallOptions): Promise<VerificationReport>;

  /** Reports the state of every row, one after another. The table is never loaded as a whole, and nothing is changed. */
  survey(options?: RotationCallOptions): AsyncGenerator<SurveyedRow, void, undefined>;

  /**
   * Marks a key as retired, after a query has proven that no secret is under it. A process whose current key is retired
   * does not start any more. Retire a key only when the last process that had it as its current key has ended.
   *
   * @param keyId as `status` gives it
   * @throws SecretsError CONFLICT, reason KEY_IN_USE, when a secret is under it; INVALID_ARGUMENT, reason KEY_IS_CURRENT or
   * UNKNOWN_KEY
   */
  retire(keyId: string, options?: RotationCallOptions): Promise<void>;

  /**
   * Ends the calls in progress with ABORTED after the rows that they are working on, and closes the connections; an
   * application's own database stays open.
   */
  close(): Promise<void>;
}

/**
 * Opens a database to change its encryption key or to survey its rows: with the same settings as `dbPlugin`,
 * beside running applications, or on a restored backup without any. Opening changes nothing.
 *
 * @param options the settings of `dbPlugin` that are given in code
 * @param standalone where the other settings come from
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError INVALID_CONFIGURATION when the database does not exist or lacks the tables; UNAVAILABLE,
 * UNAUTHENTICATED or PERMISSION_DENIED from the database
 */
export async function openRotation(
  options: DbOptions = {},
  standalone: StandaloneOptions = {},
): Promise<Rotation> {
  return runWithSettings("database-rotation", dbSettings, options, standalone, async (...given) => {
    const { openRotationDatabase } = await import("./database-rotation.ts");
    return openRotationDatabase(...given);
  });
}
