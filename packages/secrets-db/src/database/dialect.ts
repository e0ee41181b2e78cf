import type { Logger, SecretsErrorCode } from "@archestra/secrets-core";
import type { Kysely, RawBuilder } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";

/** A row whose value is to be replaced, when it still holds what was read. */
export interface SealedRow {
  readonly id: string;
  /** What was read. */
  readonly value: string;
  /** What replaces it. */
  readonly envelope: string;
}

/** What differs from one database to another. Everything else is Kysely's, and the same statement everywhere. */
export interface Dialect {
  readonly name: "sqlite" | "postgres";

  /** Now, by the database's clock, in milliseconds since 1970: processes' clocks differ, the database has one. */
  readonly now: RawBuilder<number>;

  /**
   * Runs statements that only read, again for as long as the database says that somebody was in the way.
   *
   * @param waiting its `signal` ends the wait, with its reason
   */
  retry<Result>(waiting: { readonly signal: AbortSignal }, run: () => Promise<Result>): Promise<Result>;

  /**
   * The same for a statement that changes something. One that is under way when the signal aborts is waited for until the
   * deadline.
   *
   * @throws SecretsError OUTCOME_UNKNOWN when it has not ended by then
   */
  retryChange<Result>(
    waiting: { readonly signal: AbortSignal; readonly deadline: number },
    run: () => Promise<Result>,
  ): Promise<Result>;

  /** Runs statements that read rows and then change them, in one transaction. */
  transaction<Result>(
    db: Kysely<SecretsSchema>,
    signal: AbortSignal,
    run: (transaction: Kysely<SecretsSchema>) => Promise<Result>,
  ): Promise<Result>;

  /** The same for what only one process may do at a time, such as making tables or registering a key. */
  serialized<Result>(
    db: Kysely<SecretsSchema>,
    signal: AbortSignal,
    run: (transaction: Kysely<SecretsSchema>) => Promise<Result>,
  ): Promise<Result>;

  /**
   * Replaces the values of rows that still hold what was read, within a transaction.
   *
   * @returns the ids of the rows that did
   */
  replaceValues(
    transaction: Kysely<SecretsSchema>,
    rows: readonly SealedRow[],
    keyId: string,
  ): Promise<ReadonlySet<string>>;

  /** Removes what is left of values that were overwritten, as far as the database lets us. */
  erasePlaintext(db: Kysely<SecretsSchema>, logger: Logger, signal: AbortSignal): Promise<void>;

  /** The code of an error of the database. Undefined: it is not one, or says nothing that a caller could use. */
  classify(error: unknown): SecretsErrorCode | undefined;

  /** Whether an error says that a table is not there. */
  isMissingTable(error: unknown): boolean;

  /** Whether the statement that failed so may have been carried out all the same. */
  mayHaveHappened(error: unknown): boolean;
}
