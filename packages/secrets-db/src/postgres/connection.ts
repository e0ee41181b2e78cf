import {
  type CompiledQuery,
  type Dialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import type { PoolClient } from "pg";
import type { ReplaceableConnection } from "../database/attempt.ts";
import { requestCancel } from "./cancel-request.ts";
import type { Generation, PostgresPool } from "./pool.ts";

const changingCommands = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** A connection of our own pool, as Kysely uses one. */
export class PostgresConnection implements ReplaceableConnection {
  readonly #client: PoolClient;
  readonly #generation: Generation;
  readonly #pool: PostgresPool;
  #isReleased = false;
  #isExecuting = false;

  constructor(client: PoolClient, generation: Generation, pool: PostgresPool) {
    this.#client = client;
    this.#generation = generation;
    this.#pool = pool;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    this.#isExecuting = true;
    try {
      const { command, rowCount, rows } = await this.#client.query(sql, [...parameters]);
      this.#generation.answeredAt = performance.now();
      return changingCommands.has(command) ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
    } catch (error) {
      const isFromServer = (error as { severity?: unknown } | null)?.severity !== undefined;
      if (isFromServer) this.#generation.answeredAt = performance.now();
      throw error;
    } finally {
      this.#isExecuting = false;
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely's interface has it, and nothing here reads a stream
  async *streamQuery(): AsyncGenerator<never> {
    throw new Error("Rows are not streamed.");
  }

  release(): void {
    this.#release(false);
  }

  cancel(): void {
    if (this.#isExecuting && !this.#isReleased) requestCancel(this.#client);
  }

  destroy(): void {
    this.cancel();
    this.#release(true);
  }

  replaceWhenSilentSince(time: number): void {
    if (this.#generation.answeredAt < time) this.replaceAll();
  }

  replaceAll(): void {
    this.#pool.replace(this.#generation);
  }

  /** A connection that is not given back to the pool is broken off by it. */
  #release(destroy: boolean): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#client.release(destroy);
  }
}

/** Kysely's PostgreSQL over a pool of this package. Its own driver hides the connection, so that no statement could destroy it. */
export function postgresDriver(pool: PostgresPool): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: () => pool.connect(),
      releaseConnection: async (connection) => (connection as PostgresConnection).release(),
      beginTransaction: refuseTransaction,
      commitTransaction: refuseTransaction,
      rollbackTransaction: refuseTransaction,
      destroy: () => pool.end(),
    }),
  };
}

/** A session sends the statements of a transaction itself. */
async function refuseTransaction(): Promise<never> {
  throw new Error("Transactions are those of a session.");
}
