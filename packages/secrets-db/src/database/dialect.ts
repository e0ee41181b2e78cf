import type { LogFields, Logger, SecretsError, SecretsErrorCode } from "@archestra/secrets-core";
import type { HealthProblem } from "@archestra/secrets-core/plugin";
import type { DatabaseConnection, Kysely, RawBuilder } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { MoveFence } from "./move-fences.ts";
import type { Session, Statements } from "./statements.ts";

/** The differences between one database and another. Everything else is Kysely's, and the same statement everywhere. */
export interface Dialect {
  readonly name: "sqlite" | "postgres";
  readonly sql: DialectSql;
  readonly errors: DialectErrors;

  /** Whether statements run within the process, so that the event loop needs turns in between. */
  readonly runsInProcess: boolean;

  /**
   * Takes a lock that ends with the transaction, for work that only one process may do at a time. It does not wait for it.
   * Absent: a transaction is alone anyway.
   *
   * @returns whether the lock was free
   */
  takeProcessLock?(session: Session): Promise<boolean>;

  /** Identifies the transaction that a connection is in. Undefined: the connection is in none. */
  currentTransaction(connection: DatabaseConnection): Promise<string | undefined>;

  /** Absent: rows are stored in an order that is of no use. */
  readonly physicalOrder?: PhysicalOrder;

  /**
   * Replaces the values of rows that are still as they were read, in one transaction. It waits for transactions that change
   * one of them.
   *
   * @returns the ids of the replaced rows
   */
  replaceValues(
    statements: Statements,
    rows: readonly EncryptedRow[],
    keyId: string,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>>;

  /** Removes the remains of values that were overwritten, as far as the database allows it. Absent: there is no way to. */
  erasePlaintext?(statements: Statements, logger: Logger, signal: AbortSignal): Promise<void>;

  /** The statements of the fences of a move. Only a move loads them. */
  loadFences(): Promise<FenceStatements>;

  /**
   * Called before every change. Absent: does nothing.
   *
   * @throws SecretsError INVALID_CONFIGURATION when the change would go to a file that was deleted or replaced
   */
  assertWritable?(): void;

  /** The problems of the database as a whole, for `check()`. */
  problems(session: Session): Promise<HealthProblem[]>;

  /** A warning that every start gives as long as its cause is there. Absent: there is none to give. */
  startWarning?(
    session: Session,
  ): Promise<{ readonly fields: LogFields; readonly message: string } | undefined>;
}

/** Parts of statements. */
export interface DialectSql {
  /** Now, by the database's clock, in milliseconds since 1970: processes' clocks differ, the database has one. */
  readonly now: RawBuilder<number>;
  /** The same within JSON, where it may also be a time in the form of ISO 8601: the one that is cheaper for the database. */
  readonly instant: RawBuilder<number | string>;
  /** A JSON array of some columns, as text. */
  jsonArray(columns: RawBuilder<unknown>): RawBuilder<string>;
  /** Fits the rows whose name is in a list, which is one parameter however long it is. */
  nameIn(names: readonly string[]): RawBuilder<boolean>;
  /** Differs after every change of a row, committed by any program. Empty: the database has no such thing. */
  readonly revision: RawBuilder<string>;
  /** About how many bytes the value of a row takes; 0 for none. It is not read to find out where that can be avoided. */
  readonly valueBytes: RawBuilder<number>;
  /** Begins a transaction that changes something. */
  readonly begin: RawBuilder<unknown>;
  /** Lets the following reads of a transaction use the index that gives their order. Absent: the database does so by itself. */
  readonly keepIndexOrder?: RawBuilder<unknown>;
  readonly columns: ColumnDefinitions;
}

/** How migrations define columns. */
export interface ColumnDefinitions {
  /** The type of texts that are compared by their bytes, which is the order of names. */
  readonly text: RawBuilder<unknown>;
  /** The default of the id of a row. */
  readonly newId: RawBuilder<string>;
  /** A check that a column holds text and nothing else. */
  isText(column: string): RawBuilder<boolean>;
  /** Now, by the database's clock, as text in the form of ISO 8601. */
  readonly timestamp: RawBuilder<string>;
}

export interface DialectErrors {
  /** The condition that an error reports. Undefined: none on which this package acts. */
  conditionOf(error: unknown): FailureCondition | undefined;
  /** The code of an error of the database. Undefined: it is not one, or has no meaning that a caller could use. */
  classify(error: unknown): SecretsErrorCode | undefined;
  /**
   * An error that proves that nothing happened, with a remedy for the operator. Undefined: its code is enough.
   *
   * @param location where the database is, for the message
   */
  explain(error: unknown, location?: string): SecretsError | undefined;
  /**
   * Whether the statement that failed may have been carried out all the same: its error is neither a refusal of the
   * database nor proven to come before anything was sent.
   */
  mayHaveHappened(error: unknown): boolean;
  /** The error of a caller who has waited for a lock for a minute. */
  lockedTooLong(): SecretsError;
}

/**
 * `busy`: another process holds a lock; the statement did nothing and can be repeated. `rolled-back`: the same, but its
 * transaction was rolled back for another one and must be repeated as a whole. `transaction-failed`: an earlier statement of
 * the transaction failed. `lock-timeout`: the limit for waiting for a lock has passed. `cancelled`: the statement was ended
 * at our request and did nothing. `no-writes`: the server accepts no writes, as a standby does. `missing-table`: a table
 * does not exist.
 */
export type FailureCondition =
  | "busy"
  | "rolled-back"
  | "transaction-failed"
  | "lock-timeout"
  | "cancelled"
  | "no-writes"
  | "missing-table";

/** A row whose value is to be replaced, when it is still as it was read. */
export interface EncryptedRow {
  readonly id: string;
  /** The value that was read. It may be plaintext, so no statement contains it: statements are logged. */
  readonly value: string;
  /** The revision that was read with it. */
  readonly revision: string;
  /** The new value. */
  readonly envelope: string;
}

/** How to walk a table in the order in which it is stored on the disk: that of its pages. */
export interface PhysicalOrder {
  /** How many pages the table of secrets has. */
  pages(session: Session): Promise<number>;
  /** Fits the rows of these pages, `end` not included. */
  within(first: number, end: number): RawBuilder<boolean>;
}

/** The statements of the fences of a move. */
export interface FenceStatements {
  /** Raises a fence. It waits for the transactions that have changed the tables. */
  raise(db: Kysely<SecretsSchema>, fence: MoveFence): RawBuilder<unknown>[];
  /** Removes a fence, whether it is there or not. */
  drop(db: Kysely<SecretsSchema>, fence: MoveFence): RawBuilder<unknown>[];
  /** Limits how long the transaction waits for a lock. Absent: it does not wait. */
  readonly limitWait?: RawBuilder<unknown>;
}
