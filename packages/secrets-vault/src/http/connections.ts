// By its file: Bun has an `undici` of its own under the bare name, whose pools send nothing.
import { buildConnector, type Dispatcher, Pool } from "undici/index.js";

export interface TlsSettings {
  /** Authorities that sign the server's certificate, as PEM. Absent: those that Node trusts. */
  readonly ca?: string | undefined;
  /** The certificate with which this client identifies itself, as PEM. Absent: none. */
  readonly cert?: string | undefined;
  /** The private key of `cert`, as PEM. */
  readonly key?: string | undefined;
  /** The name that the server's certificate must contain. Absent: the host of the address. */
  readonly serverName?: string | undefined;
  /** Whether certificates are checked even if `NODE_TLS_REJECT_UNAUTHORIZED` turns that off for the process. @default false */
  readonly alwaysChecked?: boolean | undefined;
}

/** The settings at the start, and how a new connection reads them again. */
export interface TlsSource {
  readonly current: TlsSettings;
  /** Reads the settings again. The same object: they have not changed. Undefined: they never change. */
  readonly renew: (() => Promise<TlsSettings>) | undefined;
}

const CONNECTIONS = 64;
const CONNECT_TIMEOUT = 3_000;
/** Go closes an idle connection after Vault's `http_idle_timeout`, five minutes by default, without notice. */
const IDLE_TIMEOUT = 60_000;
/** After this time, the host is resolved again. undici's own `clientTtl` reads the clock for each busy connection. */
const POOL_AGE = 5 * 60_000;
/** One address of the host may be unreachable while others are not: after so many failures, it is resolved again. */
const FAILURES_IN_A_ROW = 3;

/** The pools of connections, replaced when connections only fail. */
export class Connections {
  readonly #given: Dispatcher | undefined;
  readonly #tls: TlsSource;
  readonly #socketPath: string | undefined;
  /** By origin. An `Agent` of undici would search two tables for each request. */
  readonly #pools = new Map<string, Pool>();
  #aging: NodeJS.Timeout | undefined;
  #failures = 0;

  /**
   * @param given the application's dispatcher, such as one for a proxy; it is left open
   * @param socketPath the path of a Unix socket that all connections lead to. Absent: the host of the request
   */
  constructor(tls: TlsSource, given: Dispatcher | undefined, socketPath?: string) {
    this.#tls = tls;
    this.#socketPath = socketPath;
    this.#given = given;
  }

  /** Whether the application provided the dispatcher. */
  get areGiven(): boolean {
    return this.#given !== undefined;
  }

  /** The dispatcher for an origin: that of the address, or of the node to which a standby redirects. */
  dispatcherOf(origin: string): Dispatcher {
    if (this.#given !== undefined) return this.#given;
    return this.#pools.get(origin) ?? this.#openPool(origin);
  }

  answered(): void {
    this.#failures = 0;
  }

  failed(): void {
    if (++this.#failures < FAILURES_IN_A_ROW) return;
    this.#failures = 0;
    this.#replacePools();
  }

  async close(): Promise<void> {
    clearTimeout(this.#aging);
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** Replaces the pools. Requests in progress end normally. */
  #replacePools(): void {
    clearTimeout(this.#aging);
    for (const pool of this.#pools.values()) pool.close().catch(() => undefined);
    this.#pools.clear();
  }

  #openPool(origin: string): Pool {
    if (this.#pools.size === 0) this.#aging = setTimeout(() => this.#replacePools(), POOL_AGE).unref();
    const pool = new Pool(origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      // HTTP/1.1 alone: one request a connection, so that a broken connection concerns one request.
      allowH2: false,
      keepAliveTimeout: IDLE_TIMEOUT,
      connect: renewedConnector(this.#tls, this.#socketPath),
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}

/** Opens each connection with the current certificates. */
function renewedConnector(
  { current, renew }: TlsSource,
  socketPath: string | undefined,
): buildConnector.connector {
  let tls = current;
  let connect = connectorOf(tls, socketPath);
  if (renew === undefined) return connect;
  return (options, callback) => {
    renew()
      .then((next) => {
        if (next === tls) return;
        connect = connectorOf(next, socketPath);
        tls = next;
      })
      .catch(() => undefined)
      .then(() => connect(options, callback))
      // Settings that TLS cannot use throw.
      .catch((error: Error) => callback(error, null));
  };
}

function connectorOf(
  { ca, cert, key, serverName, alwaysChecked }: TlsSettings,
  socketPath: string | undefined,
): buildConnector.connector {
  return buildConnector({
    timeout: CONNECT_TIMEOUT,
    allowH2: false,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(alwaysChecked ? { rejectUnauthorized: true } : {}),
  });
}
