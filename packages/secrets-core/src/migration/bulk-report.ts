import type { SecretsError } from "../errors/secrets-error.ts";

/** The options of every call that processes many secrets. */
export interface BulkOptions {
  /** Processes only secrets whose names begin with this string. @default "" */
  readonly prefix?: string | undefined;
  /** The number of secrets to process concurrently, from 1 to 256. @default 16 */
  readonly concurrency?: number | undefined;
  /** Called after each secret. An error that it throws ends the call. */
  readonly onProgress?: ((progress: BulkProgress) => void) | undefined;
  /** Aborts the call between two steps. Each secret stays consistent, and repeating the call continues the work. */
  readonly signal?: AbortSignal | undefined;
}

/** The progress of a call. */
export interface BulkProgress {
  /** The name of the last secret. */
  readonly name: string;
  /** The number of processed secrets. */
  readonly done: number;
  /** The number of secrets that needed no change. */
  readonly skipped: number;
  /** The number of failed secrets. */
  readonly failed: number;
}

/** A secret that could not be processed, and why. It is consistent. */
export interface FailedSecret {
  /** The name of the secret. */
  readonly name: string;
  /** The error, with a stable `code` and `reason`. */
  readonly error: SecretsError;
}

/** The result of a call. */
export interface BulkReport {
  /** The number of processed secrets. */
  readonly done: number;
  /** The number of secrets that needed no change. */
  readonly skipped: number;
  /** The number of failed secrets. Each is consistent and was not moved, unless its error says otherwise. */
  readonly failed: number;
  /** The first thousand failures. */
  readonly failures: readonly FailedSecret[];
  /**
   * Whether the call stopped early, because consecutive secrets failed for a reason that affects all of them, such as an
   * unreachable manager.
   */
  readonly stopped: boolean;
}
