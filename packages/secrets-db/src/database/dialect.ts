import type { Logger, SecretsError, SecretsErrorCode } from "@archestra/secrets-core";
import type { HealthProblem } from "@archestra/secrets-core/plugin";
import type { RawBuilder } from "kysely";
import type { Session } from "./session.ts";
import type { Statements } from "./statements.ts";

/** A row whose value is to be replaced, when it is still as it was read. */
export interface EncryptedRow {
  readonly id: string;
  /** The value that was read. It may be plaintext, so no statement has it: statements are logged. */
  readonly value: string;
  /** The revision that was read with it. */
  readonly revision: string;
  /** What replaces it. */
  readonly envelope: string;
}

/** How to walk a table in the order in which it lies on the disk: that of its pages. */
export interface PhysicalOrder {
  /** How many pages the table of secrets has. */
  pages(session: Session): Promise<number>;
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

  /** Differs after every change of a row, committed by any program. Empty: the database has no such thing. */
  readonly revision: RawBuilder<string>;

  /** About how many bytes the value of a row takes; 0 for none. It is not read to find out where that can be avoided. */
  readonly valueBytes: RawBuilder<number>;

  /** Begins a transaction that changes something. */
  readonly begin: RawBuilder<unknown>;
  readonly commit: RawBuilder<unknown>;
  readonly rollback: RawBuilder<unknown>;

  /** Whether statements run within the process, so that the event loop needs turns in between. */
  readonly runsInProcess: boolean;

  /** Whether a statement failed because another process or transaction was in its way: it did nothing and can be repeated. */
  isInTheWay(error: unknown): boolean;

  /** The longest pause before such a statement is repeated. */
  readonly longestPauseMilliseconds: number;

  /** What is thrown when it was in the way for a minute. */
  lockedTooLong(): SecretsError;

  /** Lets the following reads of a transaction use the index that gives their order. Absent: the database does so by itself. */
  readonly keepIndexOrder?: RawBuilder<unknown>;

  /**
   * Takes a lock that ends with the transaction, for what only one process may do at a time. It does not wait for it.
   * Absent: a transaction is alone anyway.
   *
   * @returns whether the lock was free
   */
  takeProcessLock?(session: Session): Promise<boolean>;

  /** Absent: rows lie in an order that is of no use. */
  readonly physicalOrder?: PhysicalOrder;

  /**
   * Replaces the values of rows that are still as they were read, in one transaction. It waits for transactions that are changing one.
   *
   * @returns the ids of the rows that did
   */
  replaceValues(
    statements: Statements,
    rows: readonly EncryptedRow[],
    keyId: string,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>>;

  /** Removes what is left of values that were overwritten, as far as the database lets us. */
  erasePlaintext(statements: Statements, logger: Logger, signal: AbortSignal): Promise<void>;

  /** The code of an error of the database. Undefined: it is not one, or says nothing that a caller could use. */
  classify(error: unknown): SecretsErrorCode | undefined;

  /** Whether an error says that a table is not there. */
  isMissingTable(error: unknown): boolean;

  /**
   * An error that proves that nothing happened, in words for an operator. Undefined: its code says enough.
   *
   * @param location where the database is, for the message
   */
  explain(error: unknown, location?: string): SecretsError | undefined;

  /**
   * Whether the statement that failed so may have been carried out all the same: whatever is neither a refusal of the
   * database nor proven to come before anything was sent.
   */
  mayHaveHappened(error: unknown): boolean;

  /** Whether the statement was ended at our request, and did nothing. */
  wasCancelled(error: unknown): boolean;

  /** Whether the server accepts no writes, as a standby does: its connections lead to the wrong place. */
  takesNoWrites(error: unknown): boolean;

  /**
   * Called before every change. Absent: does nothing.
   *
   * @throws SecretsError INVALID_CONFIGURATION when the change would go to a file that was deleted or replaced
   */
  assertWritable?(): void;

  /** What is wrong with the database as a whole, for `check()`. */
  problems(session: Session): Promise<HealthProblem[]>;
}
