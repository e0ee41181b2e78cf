import { setTimeout as sleep } from "node:timers/promises";
import type { ClientConfig, Pool, PoolClient, PoolConfig } from "pg";
import { PostgresConnection } from "./postgres-connection.ts";

/** What `pg` exports, as far as it is needed here. */
export type PostgresClient = Pick<typeof import("pg"), "Client" | "Pool">;

/** How a pool is made. */
export interface PostgresPoolOptions {
  readonly client: PostgresClient;
  /** What `pg` connects with. Asked again for each connection that is opened, since credentials change. */
  readonly configure: () => Promise<ClientConfig>;
  /** How many connections there are at most. */
  readonly size: number;
}

const CONNECT_TIMEOUT_MILLISECONDS = 10_000;
/** No connection is older, so that a process does not stay with a server that others have left. */
const LIFETIME_SECONDS = 30 * 60;
const END_TIMEOUT_MILLISECONDS = 2_000;
/** For how long a refused login waits for other credentials. */
const CREDENTIALS_TIMEOUT_MILLISECONDS = 3_000;
const CREDENTIALS_PAUSE_MILLISECONDS = 100;

/** SQLSTATEs of a refused login: no such user, wrong password. */
const refusedLogins = new Set(["28000", "28P01"]);

/** The connections of one configuration. */
interface Generation {
  readonly pool: Pool;
  /** The configuration as text, to find out whether it changed. */
  readonly identity: string;
  readonly clients: Set<PoolClient>;
  readonly inUse: Set<PoolClient>;
  /** Calls that wait for a connection of it and are sent to the next generation. */
  readonly redirects: Set<() => void>;
  /** When a server last answered on it, as `performance.now()` has it. */
  answeredAt: number;
  isReplaced: boolean;
}

/**
 * Connections to PostgreSQL. `pg` pools them; what is added is that all of them can be replaced at once: for other
 * credentials, for a server that takes no writes any more, and when none of them answers.
 */
export class PostgresPool {
  readonly #options: PostgresPoolOptions;
  #current: Generation | undefined;
  #opening: Promise<Generation> | undefined;
  /** Those that were replaced and have connections in use. */
  readonly #retired = new Map<Generation, Promise<void>>();
  #isEnded = false;

  constructor(options: PostgresPoolOptions) {
    this.#options = options;
  }

  /** A connection of one's own until it is released. It waits for as long as none is free: how long is for the caller. */
  async connect(): Promise<PostgresConnection> {
    const startedAt = performance.now();
    for (;;) {
      const generation = await this.#generation();
      try {
        const client = await acquire(generation);
        if (client !== undefined) return this.#connection(client, generation);
      } catch (error) {
        if (!refusedLogins.has(String((error as { code?: unknown }).code))) throw error;
        const isLate = performance.now() - startedAt > CREDENTIALS_TIMEOUT_MILLISECONDS;
        if (isLate || !(await this.#hasOtherCredentials(generation))) throw error;
      }
    }
  }

  /** Replaces every connection. Those in use end when they are released. */
  replaceAll(): void {
    const generation = this.#current;
    if (generation === undefined || this.#isEnded) return;
    this.#current = this.#makeGeneration(generation.pool.options, generation.identity);
    this.#retire(generation);
  }

  /** Ends every connection; after two seconds also those with a statement in progress. */
  async end(): Promise<void> {
    this.#isEnded = true;
    if (this.#current !== undefined) this.#retire(this.#current);
    const timeout = sleep(END_TIMEOUT_MILLISECONDS, undefined, { ref: false });
    await Promise.race([Promise.all(this.#retired.values()), timeout]);
    for (const { clients } of this.#retired.keys()) clients.forEach(breakOff);
  }

  #connection(client: PoolClient, generation: Generation): PostgresConnection {
    return new PostgresConnection(client, {
      answered: () => {
        generation.answeredAt = performance.now();
      },
      replaceWhenSilentSince: (time) => {
        if (generation === this.#current && generation.answeredAt < time) this.replaceAll();
      },
      replaceAll: () => {
        if (generation === this.#current) this.replaceAll();
      },
    });
  }

  /** The generation to take a connection of. Before one is opened, the configuration is asked for again. */
  async #generation(): Promise<Generation> {
    if (this.#isEnded) throw new Error("Cannot use a pool after it was ended.");
    const current = this.#current;
    if (current !== undefined && (current.pool.idleCount > 0 || isFull(current.pool, this.#options.size))) {
      return current;
    }
    this.#opening ??= this.#configured().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #configured(): Promise<Generation> {
    const configuration = await this.#options.configure();
    const identity = JSON.stringify(configuration);
    const current = this.#current;
    if (this.#isEnded) throw new Error("Cannot use a pool after it was ended.");
    if (current?.identity === identity) return current;
    const next = this.#makeGeneration(configuration, identity);
    this.#current = next;
    if (current !== undefined) this.#retire(current);
    return next;
  }

  /** Waits a little: whoever changes a password changes it at the server and at its clients one after the other. */
  async #hasOtherCredentials({ identity }: Generation): Promise<boolean> {
    const startedAt = performance.now();
    while (performance.now() - startedAt < CREDENTIALS_TIMEOUT_MILLISECONDS) {
      if (JSON.stringify(await this.#options.configure()) !== identity) return true;
      await sleep(CREDENTIALS_PAUSE_MILLISECONDS);
    }
    return false;
  }

  #makeGeneration(configuration: PoolConfig, identity: string): Generation {
    const { Client, Pool } = this.#options.client;
    const pool = new Pool({
      ...configuration,
      password: configuration.password,
      max: this.#options.size,
      maxLifetimeSeconds: LIFETIME_SECONDS,
      // For a free connection a call waits until its own deadline; opening one has a limit of its own.
      connectionTimeoutMillis: 0,
      Client: class extends Client {
        constructor(options: ClientConfig = {}) {
          // A pool hides the password from those who copy its options.
          const { password } = options;
          const { connectionTimeoutMillis = CONNECT_TIMEOUT_MILLISECONDS } = configuration;
          super({ ...options, password, connectionTimeoutMillis });
        }
      },
    } as PoolConfig);
    const generation: Generation = {
      pool,
      identity,
      clients: new Set(),
      inUse: new Set(),
      redirects: new Set(),
      answeredAt: Number.NEGATIVE_INFINITY,
      isReplaced: false,
    };
    // A broken connection is an event of the pool while it is idle, and of the client while it is in use. The statement in
    // progress fails by itself; an event without a listener would end the process.
    pool.on("error", () => {});
    pool.on("connect", (client) => {
      generation.clients.add(client);
      client.on("error", () => {});
    });
    pool.on("remove", (client) => generation.clients.delete(client));
    pool.on("acquire", (client) => generation.inUse.add(client));
    pool.on("release", (_error, client) => generation.inUse.delete(client));
    return generation;
  }

  /** Idle connections end now, those in use when they are released. */
  #retire(generation: Generation): void {
    if (generation.isReplaced) return;
    generation.isReplaced = true;
    for (const redirect of generation.redirects) redirect();
    const { pool, clients, inUse } = generation;
    const ended = pool.end().then(
      () => {
        this.#retired.delete(generation);
      },
      () => undefined,
    );
    this.#retired.set(generation, ended);
    const breakOffIdle = () => {
      for (const client of clients) if (!inUse.has(client)) breakOff(client);
    };
    setTimeout(breakOffIdle, END_TIMEOUT_MILLISECONDS).unref();
  }
}

function isFull(pool: Pool, size: number): boolean {
  return pool.totalCount >= size;
}

/** Undefined: the generation was replaced while the call waited. */
async function acquire(generation: Generation): Promise<PoolClient | undefined> {
  const { pool, redirects } = generation;
  if (generation.isReplaced) return undefined;
  const connecting = pool.connect();
  if (pool.waitingCount === 0 && pool.idleCount > 0) return connecting;
  let redirect = () => {};
  const replaced = new Promise<undefined>((resolve) => {
    redirect = () => resolve(undefined);
    redirects.add(redirect);
  });
  try {
    const client = await Promise.race([connecting, replaced]);
    if (client === undefined)
      connecting.then(
        (late) => late.release(),
        () => {},
      );
    return client;
  } catch (error) {
    if (generation.isReplaced) return undefined;
    throw error;
  } finally {
    redirects.delete(redirect);
  }
}

/** Ends at once, whatever its state: a graceful end waits for the server, which may not answer. */
function breakOff(client: PoolClient): void {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  connection?.stream?.destroy();
}
