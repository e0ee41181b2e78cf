import type { SecretsError } from "../errors/secrets-error.ts";

/** What every call that works through many secrets takes. */
export interface BulkOptions {
  /** Only secrets whose names begin with this string. @default "" */
  readonly prefix?: string | undefined;
  /** How many secrets are worked on at the same time, from 1 to 256. @default 16 */
  readonly concurrency?: number | undefined;
  /** Called after each secret. What it throws ends the work. */
  readonly onProgress?: ((progress: BulkProgress) => void) | undefined;
  /** Ends the work between two steps: each secret is whole, and the same call goes on later. */
  readonly signal?: AbortSignal | undefined;
}

/** How far the work is. */
export interface BulkProgress {
  /** The secret that was looked at last. */
  readonly name: string;
  /** How many were dealt with as wanted. */
  readonly done: number;
  /** How many needed nothing. */
  readonly skipped: number;
  /** How many failed. */
  readonly failed: number;
}

/** A secret that could not be dealt with, and why. It is whole, and where the error says. */
export interface FailedSecret {
  /** The name of the secret. */
  readonly name: string;
  /** Why it failed; `error.code` and `error.reason` are stable. */
  readonly error: SecretsError;
}

/** What became of the whole. */
export interface BulkReport {
  /** How many were dealt with as wanted. */
  readonly done: number;
  /** How many needed nothing. */
  readonly skipped: number;
  /** How many failed. Each is whole, and where it was, as far as its error does not say otherwise. */
  readonly failed: number;
  /** The first thousand that failed. */
  readonly failures: readonly FailedSecret[];
  /**
   * Whether the work ended early, because one secret after another failed for a reason that holds for all of them, such as a
   * manager that does not answer.
   */
  readonly stopped: boolean;
}
