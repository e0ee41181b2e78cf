import { createSecretsManager, type Environment, type SecretsManager } from "@archestra/secrets-core";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { onTestFinished } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { defaultKey } from "./open-manager.ts";
import { recordedLogger } from "./recorded-logger.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever tables the application has
type ApplicationKysely = Kysely<any>;

/** After how long a connection that does not answer is given up. */
const SILENCE_MILLISECONDS = 2_000;

/** The application's own pool of connections, and its Kysely instance over it. Both end with the test. */
export class ApplicationPool {
  readonly kysely: ApplicationKysely;
  readonly #pool: pg.Pool;
  readonly #held: pg.PoolClient[] = [];
  #isHolding = false;

  constructor(url: string, max: number) {
    this.#pool = new pg.Pool({ connectionString: url, max });
    this.#pool.on("error", () => {});
    // Of a connection that is in use when the server or the network ends it.
    this.#pool.on("connect", (client) => void client.on("error", () => {}));
    this.kysely = new Kysely({ dialect: new PostgresDialect({ pool: this.#pool }) });
    onTestFinished(() => this.destroy());
  }

  /** How many callers wait for a connection. */
  get waiting(): number {
    return this.#pool.waitingCount;
  }

  /** How many connections are in use. */
  get used(): number {
    return this.#pool.totalCount - this.#pool.idleCount;
  }

  /** Opens transactions of the application until no connection is left, or they are released. */
  async holdAll(): Promise<void> {
    this.#isHolding = true;
    while (this.#isHolding && this.#held.length < this.#pool.options.max) {
      const client = await this.#pool.connect();
      if (!this.#isHolding) return client.release();
      this.#held.push(client);
      await client.query("BEGIN");
    }
  }

  /** Ends one of those transactions, or its connection when that does not answer. */
  async releaseOne(): Promise<void> {
    const client = this.#held.pop();
    if (client === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), SILENCE_MILLISECONDS);
    });
    const rollback = client.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    client.release(await Promise.race([rollback, silence]));
    clearTimeout(timer);
  }

  /** Ends all of them. */
  async release(): Promise<void> {
    this.#isHolding = false;
    while (this.#held.length > 0) await this.releaseOne();
  }

  /** Closes the pool. */
  async destroy(): Promise<void> {
    await this.release();
    await this.kysely.destroy();
  }

  /** Waits until everything that waited for a connection has had one and has given it back. */
  async quiet(): Promise<void> {
    // Whoever gets a connection back may ask for another one in the next turn.
    for (let calm = 0; calm < 20; ) {
      calm = this.waiting === 0 && this.used === this.#held.length ? calm + 1 : 0;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Starts a manager on an instance of the application. It is closed when the test ends. */
export async function startManagerOn(
  kysely: ApplicationKysely,
  { env, timeout }: { readonly env?: Environment; readonly timeout?: number } = {},
): Promise<SecretsManager> {
  const manager = await createSecretsManager({
    plugins: [dbPlugin({ kysely, sweepDelay: 24 * 60 * 60_000 })],
    env: env ?? { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
    logger: recordedLogger(),
    timeout,
  });
  onTestFinished(() => manager.close({ timeout: 0 }));
  return manager;
}
