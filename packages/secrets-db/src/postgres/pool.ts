import { setTimeout as sleep } from "node:timers/promises";
import type { ClientConfig, Pool, PoolClient, PoolConfig } from "pg";
import { isSchemaChange } from "../database/database-schema.ts";
import { errorProperty } from "../database/sql-state.ts";
import { PostgresConnection } from "./connection.ts";

/** The exports of `pg` that are needed here. */
export type PostgresClient = Pick<typeof import("pg"), "Client" | "Pool">;

export interface PostgresPoolOptions {
  readonly client: PostgresClient;
  /** The configuration of `pg`. Asked again for each connection that is opened, since credentials change. */
  readonly configure: () => Promise<ClientConfig>;
  /** Whether there can be other credentials later. False: a refused login is not tried again. */
  readonly mayChange: boolean;
  readonly limits: PoolLimits;
}

export interface PoolLimits {
  /** How many connections there are at most. */
  readonly size: number;
  /** After how many seconds without a statement a connection is closed. */
  readonly idleSeconds: number;
  /** After how many seconds a connection is replaced, so that a process does not stay with a server that others have left. */
  readonly lifetimeSeconds: number;
}

const CONNECT_TIMEOUT_MILLISECONDS = 10_000;
const END_TIMEOUT_MILLISECONDS = 2_000;
/** For how long a refused login waits for other credentials. */
const CREDENTIALS_TIMEOUT_MILLISECONDS = 3_000;
const CREDENTIALS_PAUSE_MILLISECONDS = 100;

/** SQLSTATEs of a refused login: no such user, wrong password. */
const refusedLogins = new Set(["28000", "28P01"]);

/** The connections to one server. */
export interface Generation {
  readonly pool: Pool;
  /** The configuration of the next connection. Other credentials leave the connections that are open as they are. */
  configuration: ClientConfig;
  readonly clients: Set<PoolClient>;
  readonly inUse: Set<PoolClient>;
  /** Calls that wait for a connection of it and are sent to the next generation. */
  readonly redirects: Set<(client: undefined) => void>;
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
  readonly #retired = new Map<Generation, Promise<unknown>>();
  #hasLoggedIn = false;
  /** Why the source of the configuration failed the last time. Undefined: it did not. */
  #sourceError: unknown;
  #isEnded = false;

  constructor(options: PostgresPoolOptions) {
    this.#options = options;
  }

  /** A connection of one's own until it is released. It waits for as long as none is free: how long is for the caller. */
  async connect(): Promise<PostgresConnection> {
    let refusedAt: number | undefined;
    for (;;) {
      const generation = await this.#generation();
      // Another call may read the configuration again before the server answers this login.
      const { configuration } = generation;
      try {
        const client = await acquire(generation);
        if (client === undefined) continue;
        this.#hasLoggedIn = true;
        return new PostgresConnection(client, generation, this);
      } catch (error) {
        if (!this.#waitsForCredentials || !refusedLogins.has(String(errorProperty(error, "code"))))
          throw error;
        // Not from the start of the call, which may have waited for a free connection, or for a slow login.
        refusedAt ??= performance.now();
        const isLate = performance.now() - refusedAt > CREDENTIALS_TIMEOUT_MILLISECONDS;
        // The server refuses what the source had before it failed, so its failure is the cause.
        if (isLate || !(await this.#hasOtherCredentials(configuration))) throw this.#sourceError ?? error;
      }
    }
  }

  /** Replaces every connection of a generation, unless that was done. Those in use end when they are released. */
  replace(generation: Generation): void {
    if (generation !== this.#current || this.#isEnded) return;
    this.#current = this.#makeGeneration(generation.configuration);
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

  /** The generation to take a connection of. Before one is opened, the configuration is asked for again. */
  async #generation(): Promise<Generation> {
    if (this.#isEnded) throw new Error("Cannot use a pool after it was ended.");
    const current = this.#current;
    const isFull = current !== undefined && current.pool.totalCount >= this.#options.limits.size;
    if (current !== undefined && (isFull || current.pool.idleCount > 0)) return current;
    this.#opening ??= this.#configured().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #configured(): Promise<Generation> {
    const configuration = await this.#configure();
    const current = this.#current;
    if (this.#isEnded) throw new Error("Cannot use a pool after it was ended.");
    if (current !== undefined && isSameServer(current.configuration, configuration)) {
      current.configuration = configuration;
      return current;
    }
    const next = this.#makeGeneration(configuration);
    this.#current = next;
    if (current !== undefined) this.#retire(current);
    return next;
  }

  /**
   * A source that fails for a moment, such as a file that is being replaced, leaves the configuration as it was. A URL that
   * leads to the secrets of another application is not such a failure.
   */
  async #configure(): Promise<ClientConfig> {
    try {
      const configuration = await this.#options.configure();
      this.#sourceError = undefined;
      return configuration;
    } catch (error) {
      if (this.#current === undefined || isSchemaChange(error)) throw error;
      this.#sourceError = error;
      return this.#current.configuration;
    }
  }

  /** Only where there can be other ones. Credentials that were never good are not waited for. */
  get #waitsForCredentials(): boolean {
    return this.#options.mayChange && this.#hasLoggedIn;
  }

  /** Waits a little: a password is changed at the server and at its clients one after the other. */
  async #hasOtherCredentials(refused: ClientConfig): Promise<boolean> {
    const startedAt = performance.now();
    while (performance.now() - startedAt < CREDENTIALS_TIMEOUT_MILLISECONDS) {
      const { user, password } = await this.#configure();
      if (user !== refused.user || password !== refused.password) return true;
      await sleep(CREDENTIALS_PAUSE_MILLISECONDS);
    }
    return false;
  }

  #makeGeneration(configuration: ClientConfig): Generation {
    const { client, limits } = this.#options;
    const { Client, Pool } = client;
    const pool = new Pool({
      ...configuration,
      max: limits.size,
      idleTimeoutMillis: limits.idleSeconds * 1000,
      maxLifetimeSeconds: limits.lifetimeSeconds,
      // For a free connection a call waits until its own deadline; opening one has a limit of its own.
      connectionTimeoutMillis: 0,
      Client: class extends Client {
        constructor() {
          const { connectionTimeoutMillis = CONNECT_TIMEOUT_MILLISECONDS } = generation.configuration;
          super({ ...generation.configuration, connectionTimeoutMillis });
        }
      },
    } as PoolConfig);
    const generation: Generation = {
      pool,
      configuration,
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
    for (const redirect of generation.redirects) redirect(undefined);
    const { pool, clients, inUse } = generation;
    const ended = pool.end().then(
      () => this.#retired.delete(generation),
      () => undefined,
    );
    this.#retired.set(generation, ended);
    const breakOffIdle = () => {
      for (const client of clients) if (!inUse.has(client)) breakOff(client);
    };
    setTimeout(breakOffIdle, END_TIMEOUT_MILLISECONDS).unref();
  }
}

/** Whether two configurations differ in nothing but their credentials. */
function isSameServer(left: ClientConfig, right: ClientConfig): boolean {
  const withoutCredentials = ({ user: _user, password: _password, ...rest }: ClientConfig) =>
    JSON.stringify(rest);
  return withoutCredentials(left) === withoutCredentials(right);
}

/** Undefined: the generation was replaced while the call waited. */
async function acquire(generation: Generation): Promise<PoolClient | undefined> {
  const { pool, redirects } = generation;
  if (generation.isReplaced) return undefined;
  const connecting = pool.connect();
  if (pool.waitingCount === 0 && pool.idleCount > 0) return connecting;
  const { promise: replaced, resolve: redirect } = Promise.withResolvers<undefined>();
  redirects.add(redirect);
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
