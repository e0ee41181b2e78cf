import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, SecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import {
  type Compilable,
  type CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  type QueryResult,
  type RawBuilder,
  sql,
} from "kysely";
import { schemaOf } from "../schema/qualified-table.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import type { ApplicationTransaction } from "./application-transaction.ts";
import {
  Attempt,
  type AttemptKind,
  isReplaceable,
  LostAnswerError,
  UnansweredReadError,
  type Waiting,
} from "./attempt.ts";
import type { Dialect, FailureCondition } from "./dialect.ts";
import { EventLoopTurns } from "./event-loop-turns.ts";

const LONGEST_WAIT_MILLISECONDS = 60_000;
/** The longest pause before a statement is repeated that another process was in the way of. */
export const LONGEST_PAUSE_MILLISECONDS = 50;

const commit = sql`COMMIT`;
const rollback = sql`ROLLBACK`;

/** A statement that was built. Building it sends nothing. */
export type Statement<Row> = Compilable<Row> | RawBuilder<Row>;

/**
 * One connection, on which statements run one after another. Only a session sends statements: a query that `db` builds is
 * never executed by itself, since that would wait for a connection and run on it in one step.
 */
export class Session {
  /** Builds statements. */
  readonly db: Kysely<SecretsSchema>;
  readonly #connection: DatabaseConnection;
  readonly #beforeEach: () => void;

  /** @param beforeEach throws when nothing may be sent any more */
  constructor(db: Kysely<SecretsSchema>, connection: DatabaseConnection, beforeEach: () => void) {
    this.db = db;
    this.#connection = connection;
    this.#beforeEach = beforeEach;
  }

  async execute<Row>(statement: Statement<Row>): Promise<QueryResult<Row>> {
    const query = compile(this.db, statement);
    this.#beforeEach();
    return this.#connection.executeQuery<Row>(query);
  }

  async rows<Row>(statement: Statement<Row>): Promise<Row[]> {
    return (await this.execute(statement)).rows;
  }

  /** Undefined: there is no row. */
  async first<Row>(statement: Statement<Row>): Promise<Row | undefined> {
    return (await this.execute(statement)).rows[0];
  }

  /** How many rows the statement inserted, changed or deleted. */
  async affected(statement: Statement<unknown>): Promise<number> {
    return Number((await this.execute(statement)).numAffectedRows ?? 0);
  }

  /** Whether the statement returns a row. */
  async exists(statement: Statement<unknown>): Promise<boolean> {
    return (await this.first(statement)) !== undefined;
  }
}

/** The text and the parameters of a statement. */
export function compile<Row>(db: Kysely<SecretsSchema>, statement: Statement<Row>): CompiledQuery<Row> {
  return "isRawBuilder" in statement ? statement.compile(db) : statement.compile();
}

/** Another process has the lock, so the transaction did nothing. */
class ProcessLockTakenError extends Error {}

/** There is one event loop, whatever the number of databases. */
const turns = new EventLoopTurns();

/**
 * The one way to the tables. Waiting for a connection and running a statement are two steps: between them, and before every
 * further statement, the caller's deadline, its signal and the closed state are checked, so nothing is sent for a call
 * whose error reported that nothing happened.
 *
 * Statements that another process or transaction was in the way of are repeated, each time with a connection that is free
 * again in between.
 */
export class Statements {
  readonly #db: Kysely<SecretsSchema>;
  readonly #dialect: Dialect;
  readonly #location: string | undefined;
  /** Errors of attempts to get a connection. */
  readonly #unconnected = new WeakSet<object>();
  /** Errors that came before a change was sent. */
  readonly #unsent = new WeakSet<object>();
  readonly #transaction: ApplicationTransaction | undefined;
  #isClosed = false;

  /**
   * @param db without plugins
   * @param location where the database is, for messages
   * @param transaction where every statement runs. Absent: each has a connection of its own
   */
  constructor(
    db: Kysely<SecretsSchema>,
    dialect: Dialect,
    location?: string,
    transaction?: ApplicationTransaction,
  ) {
    this.#db = db;
    this.#dialect = dialect;
    this.#location = location;
    this.#transaction = transaction;
  }

  /** The schema of the tables. Undefined: the connection's `search_path` decides. */
  get schema(): string | undefined {
    return schemaOf(this.#db);
  }

  /** From here on nothing is sent. */
  close(): void {
    this.#isClosed = true;
  }

  /** Builds a statement once, to be run often: building one takes longer than running it. */
  compile<Row>(build: (db: Kysely<SecretsSchema>) => Compilable<Row>): CompiledQuery<Row> {
    return compile(this.#db, build(this.#db));
  }

  /** Runs a compiled statement that only reads. */
  query<Row>(waiting: Waiting, query: CompiledQuery<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    return this.#repeat(waiting, "read", async (_attempt, connection) => {
      const { rows } = await connection.executeQuery<Row>({ ...query, parameters });
      return rows;
    });
  }

  /** Runs statements that only read. */
  read<Result>(waiting: Waiting, run: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#repeat(waiting, "read", (attempt, connection) =>
      run(new Session(this.#db, connection, () => attempt.assertWanted())),
    );
  }

  /**
   * Runs one statement that changes something.
   *
   * @throws LostAnswerError when its answer did not come in time; `mayHaveHappened` decides about other errors
   */
  change<Result>(waiting: Waiting, run: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#repeat(waiting, "change", (attempt, connection) => {
      const beforeChange = () => {
        attempt.assertWanted();
        this.#dialect.assertWritable?.();
        attempt.sendsChange();
      };
      return run(new Session(this.#db, connection, beforeChange));
    });
  }

  /** Runs statements that read and change, in one transaction: all of them or none. */
  transaction<Result>(waiting: Waiting, run: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#transact(waiting, "change", run);
  }

  /**
   * Runs a read that takes the first rows in the order of an index. A database without statistics of a table, since its rows
   * were just imported, would otherwise sort the whole of it for each page.
   */
  inIndexOrder<Result>(waiting: Waiting, run: (session: Session) => Promise<Result>): Promise<Result> {
    const { keepIndexOrder } = this.#dialect.sql;
    if (keepIndexOrder === undefined || this.#transaction !== undefined) return this.read(waiting, run);
    return this.#transact(waiting, "read", async (session) => {
      await session.execute(keepIndexOrder);
      return run(session);
    });
  }

  /** As `transaction`, for work that only one process may do at a time, such as making tables or registering a key. */
  serialized<Result>(waiting: Waiting, run: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#transact(waiting, "unlimited", async (session) => {
      if ((await this.#dialect.takeProcessLock?.(session)) === false) throw new ProcessLockTakenError();
      return run(session);
    });
  }

  /** Whether a change that failed so may have been carried out all the same. */
  mayHaveHappened(error: unknown): boolean {
    if (error instanceof LostAnswerError) return true;
    if (isSecretsError(error) || isIn(this.#unsent, error) || isIn(this.#unconnected, error)) return false;
    return this.#dialect.errors.mayHaveHappened(error);
  }

  /** The code of an error. Undefined: it has no meaning that a caller could use. */
  classify(error: unknown): SecretsErrorCode | undefined {
    if (error instanceof LostAnswerError) return "UNAVAILABLE";
    return (
      this.#dialect.errors.classify(error) ?? (isIn(this.#unconnected, error) ? "UNAVAILABLE" : undefined)
    );
  }

  /** Makes an attempt, and repeats it as long as another process or transaction is in the way. */
  async #repeat<Result>(
    waiting: Waiting,
    kind: AttemptKind,
    run: (attempt: Attempt<Result>, connection: DatabaseConnection) => Promise<Result>,
  ): Promise<Result> {
    if (this.#dialect.runsInProcess) {
      const turn = turns.next();
      if (turn !== undefined) await turn;
    }
    const startedAt = performance.now();
    let isOnNewConnection = false;
    for (;;) {
      try {
        return await this.#attempt(waiting, kind, run);
      } catch (error) {
        const isLate = performance.now() - startedAt > LONGEST_WAIT_MILLISECONDS;
        if (error instanceof UnansweredReadError) {
          // A call's deadline ends it before; a sweep or a start has none.
          if (isLate) throw unanswered(error);
          continue;
        }
        const condition = this.#conditionOf(error);
        if (condition === "no-writes" && !isOnNewConnection) {
          // Its address may lead to another server by now.
          isOnNewConnection = true;
          continue;
        }
        if (condition !== "busy" && condition !== "rolled-back") throw this.#explain(error, kind);
        if (isLate) throw this.#dialect.errors.lockedTooLong();
      }
      await this.#pause(waiting);
    }
  }

  /** The condition that decides what follows. The transaction of an application is neither repeated nor sent elsewhere. */
  #conditionOf(error: unknown): FailureCondition | undefined {
    if (error instanceof ProcessLockTakenError) return "busy";
    const condition = this.#dialect.errors.conditionOf(error);
    return this.#transaction === undefined || condition === "busy" ? condition : undefined;
  }

  #transact<Result>(
    waiting: Waiting,
    kind: AttemptKind,
    run: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    return this.#repeat(waiting, kind, async (attempt, connection) => {
      if (kind !== "read") this.#dialect.assertWritable?.();
      const session = new Session(this.#db, connection, () => attempt.assertWanted());
      await session.execute(this.#dialect.sql.begin);
      try {
        const result = await run(session);
        attempt.assertWanted();
        if (kind !== "read") attempt.sendsChange();
        await session.execute(commit);
        return result;
      } catch (error) {
        await this.#rollBack(connection);
        throw error;
      }
    });
  }

  /** A connection that cannot even roll back is not used again when it belongs to a pool of this package. */
  async #rollBack(connection: DatabaseConnection): Promise<void> {
    const session = new Session(this.#db, connection, () => {});
    await session.execute(rollback).catch(() => {
      if (isReplaceable(connection)) connection.destroy();
    });
  }

  /** Waits for a connection, and runs on it if the caller still waits then. */
  #attempt<Result>(
    waiting: Waiting,
    kind: AttemptKind,
    run: (attempt: Attempt<Result>, connection: DatabaseConnection) => Promise<Result>,
  ): Promise<Result> {
    const attempt = new Attempt<Result>(waiting, kind, (error) => this.#unsent.add(asObject(error)));
    try {
      attempt.assertWanted();
    } catch (error) {
      attempt.fail(error);
      return attempt.promise;
    }
    const use = async (connection: DatabaseConnection) => {
      if (attempt.isOver) return;
      attempt.begin(connection);
      try {
        this.#assertOpen();
        attempt.assertWanted();
        attempt.succeed(await run(attempt, connection));
      } catch (error) {
        const condition = this.#dialect.errors.conditionOf(error);
        if (condition === "no-writes" && isReplaceable(connection)) connection.replaceAll();
        if (attempt.isCancelled && condition === "cancelled") attempt.failUnchanged();
        else attempt.fail(error);
      }
    };
    this.#connect(use).catch((error: unknown) => {
      const failure = asObject(error);
      this.#unconnected.add(failure);
      attempt.fail(failure);
    });
    return attempt.promise;
  }

  async #connect(use: (connection: DatabaseConnection) => Promise<void>): Promise<void> {
    if (this.#transaction !== undefined) return this.#transaction.use(use);
    return this.#db.getExecutor().provideConnection(use);
  }

  #assertOpen(): void {
    if (this.#isClosed) {
      throw new SecretsError(
        "CLOSED",
        "The secrets manager was closed before the statement was sent; nothing was changed.",
      );
    }
  }

  /** The dialect's own error in place of one that proves that nothing happened. */
  #explain(error: unknown, kind: AttemptKind): unknown {
    if (isSecretsError(error)) return error;
    const mayHaveHappened = this.mayHaveHappened(error);
    if (this.#transaction !== undefined) {
      return this.#transaction.explain(error, mayHaveHappened && kind !== "read");
    }
    if (mayHaveHappened) return error;
    return this.#dialect.errors.explain(error, this.#location) ?? error;
  }

  /** A statement is repeated only when it did nothing, so the end of the pause proves that nothing happened. */
  async #pause({ signal }: Waiting): Promise<void> {
    const milliseconds = 1 + Math.random() * LONGEST_PAUSE_MILLISECONDS;
    try {
      signal.throwIfAborted();
      await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
    } catch (error) {
      this.#unsent.add(asObject(error));
      throw error;
    }
  }
}

function unanswered(cause: unknown): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    "The database accepted connections and did not answer for a minute. Check the server, and every proxy or firewall between it and this process.",
    { reason: "DATABASE_SILENT", cause },
  );
}

function isIn(errors: WeakSet<object>, error: unknown): boolean {
  return typeof error === "object" && error !== null && errors.has(error);
}

/** An error as an object, since it is remembered: anything can be thrown. */
function asObject(error: unknown): object {
  return typeof error === "object" && error !== null
    ? error
    : new Error("Something that is not an error was thrown.");
}
