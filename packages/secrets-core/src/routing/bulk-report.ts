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
  readonly name: string;
  readonly error: SecretsError;
}

/** What became of the whole. */
export interface BulkReport {
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  /** The first thousand that failed. */
  readonly failures: readonly FailedSecret[];
  /** Whether the work ended early, because one secret after another failed. */
  readonly stopped: boolean;
}
