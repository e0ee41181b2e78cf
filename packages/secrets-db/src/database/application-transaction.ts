import { SecretsError } from "@archestra/secrets-core";
import { CompiledQuery, type DatabaseConnection, type Transaction } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import { LostAnswerError } from "./attempt.ts";
import { inSchema } from "./database-schema.ts";
import type { Dialect } from "./dialect.ts";
import type { OpenDatabase } from "./open-database.ts";

const PROBE = CompiledQuery.raw("SELECT 1");

/** The class of Kysely's executors that know whether their transaction is over. By another name, the database is asked. */
const ASSERTING_EXECUTOR = "NotCommittedOrRolledBackAssertingExecutor";

/** The part that all versions of Kysely have in common: some have a third parameter, needed only by a stream that is read. */
interface QueryStreams {
  stream(query: CompiledQuery, chunkSize: number, ...more: never[]): unknown;
}

/** Throws when a transaction is of another database than the secrets. */
export type Verification = (db: Transaction<SecretsSchema>, connection: DatabaseConnection) => Promise<void>;

/**
 * A transaction that the application has begun and will end. Its connection is the only one that is used, statements are not
 * repeated when the database has ended it, and nothing is sent once it is over.
 */
export class ApplicationTransaction {
  readonly db: Transaction<SecretsSchema>;
  readonly #given: Transaction<SecretsSchema>;
  readonly #dialect: Dialect;
  readonly #location: string;
  readonly #verify: Verification | undefined;
  #isVerified = false;
  #current: string | undefined;

  /**
   * @param given as the application passed it. Its plugins are left aside, since one may rename our columns
   * @param verify runs once, before the first statement, and throws when the transaction is of another database. Undefined:
   * it is known to be of the right one
   */
  constructor(
    given: Transaction<SecretsSchema>,
    { dialect, location, statements }: Pick<OpenDatabase, "dialect" | "location" | "statements">,
    verify: Verification | undefined,
  ) {
    this.db = inSchema(given.withoutPlugins(), statements.schema);
    this.#given = given;
    this.#dialect = dialect;
    this.#location = location;
    this.#verify = verify;
  }

  /** Waits until no other statement of the transaction runs, and uses its connection. */
  async use(consumer: (connection: DatabaseConnection) => Promise<void>): Promise<void> {
    this.#assertOpen();
    await this.db.getExecutor().provideConnection(async (connection) => {
      this.#assertOpen();
      await this.#assertInside(connection);
      if (!this.#isVerified) await this.#verify?.(this.db, connection);
      this.#isVerified = true;
      await consumer(connection);
    });
  }

  /** The error of a statement, with its consequence for the transaction. */
  explain(error: unknown, mayHaveHappened: boolean): unknown {
    if (error instanceof LostAnswerError || mayHaveHappened) return undecided(error);
    const condition = this.#dialect.errors.conditionOf(error);
    if (condition === "rolled-back") return superseded(error);
    if (condition === "transaction-failed") return failedBefore(error);
    return this.#dialect.errors.explain(error, this.#location) ?? error;
  }

  /**
   * Where Kysely knows whether a transaction is over. A stream that is made and not read sends nothing. The instance that
   * the application passed is asked, since some versions forget the state when plugins are removed.
   */
  #assertOpen(): void {
    const executor: QueryStreams = this.#given.getExecutor();
    try {
      executor.stream(PROBE, 1);
    } catch (error) {
      throw transactionOver(error);
    }
  }

  /** Where Kysely does not know it, as in 0.27 and the first 0.28, the database is asked. */
  async #assertInside(connection: DatabaseConnection): Promise<void> {
    if (this.#given.getExecutor().constructor.name === ASSERTING_EXECUTOR) return;
    const current = await this.#dialect.currentTransaction(connection);
    this.#current ??= current;
    if (current === undefined || current !== this.#current) throw transactionOver();
  }
}

function transactionOver(cause?: unknown): SecretsError {
  return new SecretsError(
    "INVALID_ARGUMENT",
    "The transaction has ended. Nothing was sent. Call `inTransaction` with a transaction in progress, and await each call before the transaction ends.",
    { reason: "TRANSACTION_OVER", cause },
  );
}

function undecided(cause: unknown): SecretsError {
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    "The database did not confirm the change in the transaction. Nothing is committed yet: roll the transaction back, and nothing of it happens. If it is committed all the same, the change may be part of it.",
    { reason: "IN_TRANSACTION", cause },
  );
}

function superseded(cause: unknown): SecretsError {
  return new SecretsError(
    "CONFLICT",
    "Another transaction was in the way of this one, so the database cannot complete it. Nothing of it is committed. Roll the transaction back and repeat it from its beginning.",
    { reason: "TRANSACTION_ABORTED", cause },
  );
}

function failedBefore(cause: unknown): SecretsError {
  return new SecretsError(
    "INVALID_ARGUMENT",
    "An earlier statement of the transaction failed, and PostgreSQL refuses every further one. Nothing was changed. Roll the transaction back; find the statement that failed, and repeat the transaction once its cause is gone.",
    { reason: "TRANSACTION_ABORTED", cause },
  );
}
