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

/** How to walk a table in the order in which it lies on the disk: that of its pages. */
export interface PhysicalOrder {
  /** How many pages the table of secrets has. */
  pages(db: Kysely<SecretsSchema>): Promise<number>;
  /** Fits the rows of these pages, `end` not included. */
  within(first: number, end: number): RawBuilder<boolean>;
}

/** What differs from one database to another. Everything else is Kysely's, and the same statement everywhere. */
export interface Dialect {
  readonly name: "sqlite" | "postgres";

  /** Now, by the database's clock, in milliseconds since 1970: processes' clocks differ, the database has one. */
  readonly now: RawBuilder<number>;

  /** The same within JSON, where it may also be a time in the form of ISO 8601: whichever takes the database less. */
  readonly instant: RawBuilder<number | string>;

  /** A JSON array of some columns, as text. */
  jsonArray(columns: RawBuilder<unknown>): RawBuilder<string>;

  /** About how many bytes the value of a row takes; 0 for none. It is not read to find out where that can be avoided. */
  readonly valueBytes: RawBuilder<number>;

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

  /**
   * Runs a statement that takes the first rows in the order of an index. A database that knows nothing of a table yet,
   * since its rows were just brought, would otherwise sort the whole of it for each page.
   */
  inIndexOrder<Result>(
    db: Kysely<SecretsSchema>,
    signal: AbortSignal,
    run: (db: Kysely<SecretsSchema>) => Promise<Result>,
  ): Promise<Result>;

  /** As `transaction`, for what only one process may do at a time, such as making tables or registering a key. */
  serialized<Result>(
    db: Kysely<SecretsSchema>,
    signal: AbortSignal,
    run: (transaction: Kysely<SecretsSchema>) => Promise<Result>,
  ): Promise<Result>;

  /** Absent: rows lie in an order that is of no use. */
  readonly physicalOrder?: PhysicalOrder;

  /**
   * Replaces the values of rows that still hold what was read, all of them or none. It waits for whoever is changing one.
   *
   * @returns the ids of the rows that did
   */
  replaceValues(
    db: Kysely<SecretsSchema>,
    rows: readonly SealedRow[],
    keyId: string,
    signal: AbortSignal,
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
