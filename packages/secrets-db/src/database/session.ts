import type { Compilable, CompiledQuery, DatabaseConnection, Kysely, QueryResult, RawBuilder } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";

/** A statement that is built. Building it sends nothing. */
export type Statement<Row> = Compilable<Row> | RawBuilder<Row>;

/**
 * One connection, on which statements run one after another. Only a session sends statements: what `db` builds is never
 * executed by itself, since that would wait for a connection and run on it in one step.
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
}

/** The text and the parameters of a statement. */
export function compile<Row>(db: Kysely<SecretsSchema>, statement: Statement<Row>): CompiledQuery<Row> {
  return "isRawBuilder" in statement ? statement.compile(db) : statement.compile();
}
