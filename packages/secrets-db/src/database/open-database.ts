import type { Logger, SecretsError } from "@archestra/secrets-core";
import type { DialectAdapter } from "kysely";
import type { Dialect } from "./dialect.ts";
import type { Statements } from "./statements.ts";

/** A database that is ready for statements. */
export interface OpenDatabase {
  /** The one way to its tables. */
  readonly statements: Statements;
  readonly dialect: Dialect;
  /** Closes what we opened; an application's own database stays open. */
  readonly close: () => Promise<void>;
  /** The one adapter of the application's Kysely instance and its transactions. Absent: we opened the database ourselves. */
  readonly adapter?: DialectAdapter;
  /** Where it is, for warnings and `describe()`. */
  readonly location: string;

  /** Closes what a failed start opened, and leaves the files as they were found. @default `close` */
  readonly abandon?: () => Promise<void>;

  /** The write-ahead log that was beside the file before it was opened. @default there was none */
  readonly logFound?: string;

  /**
   * Checks the whole database, which takes a while: only before an error that damage would explain as well.
   *
   * @returns undefined when the database is intact
   * @default the database checks itself
   */
  findDamage?(): Promise<SecretsError | undefined>;
}

export interface Opening {
  /** Whether a file is created when there is none. */
  readonly mayCreate: boolean;
  /** Whether a file with which secrets can be lost stops the start. */
  readonly strict: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}
