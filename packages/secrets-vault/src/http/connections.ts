// By its file: Bun has an `undici` of its own under the bare name, whose pools send nothing.
import { buildConnector, type Dispatcher, Pool } from "undici/index.js";

/** What TLS needs beside the system's authorities. */
export interface TlsSettings {
  /** Authorities that sign the server's certificate, as PEM. Absent: those that Node knows. */
  readonly ca?: string | undefined;
  /** The certificate with which this client shows who it is, as PEM. Absent: none. */
  readonly cert?: string | undefined;
  /** The private key of `cert`, as PEM. */
  readonly key?: string | undefined;
  /** The name that the server's certificate must hold. Absent: the host of the address. */
  readonly serverName?: string | undefined;
  /** Whether certificates are checked even if `NODE_TLS_REJECT_UNAUTHORIZED` turns that off for the process. @default false */
  readonly alwaysChecked?: boolean | undefined;
}

/** What TLS needs at the start, and what a new connection needs by then. */
export interface TlsSource {
  readonly current: TlsSettings;
  /** Reads it again. The same object: it has not changed. Undefined: it never changes. */
  readonly renew: (() => Promise<TlsSettings>) | undefined;
}

const CONNECTIONS = 64;
const CONNECT_TIMEOUT = 3_000;
/** Go closes an idle connection after Vault's `http_idle_timeout`, five minutes by default, and never says so before. */
const IDLE_TIMEOUT = 60_000;
/** So that a name which points elsewhere by now is looked up again. undici's own `clientTtl` asks the clock for each busy connection. */
const POOL_AGE = 5 * 60_000;
/** An address behind the name may be dead while others live: so many failures in a row start anew. */
const FAILURES_IN_A_ROW = 3;

/** The pools of connections, made anew when they only fail. */
export class Connections {
  readonly #given: Dispatcher | undefined;
  readonly #tls: TlsSource;
  readonly #socketPath: string | undefined;
  /** By origin: an `Agent` of undici looks each request's up in two tables. */
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

  /** Whether the application gave the dispatcher. */
  get areGiven(): boolean {
    return this.#given !== undefined;
  }

  /** What sends a request to this origin: that of the address, or of the node to which a standby points. */
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
    this.#letGo();
  }

  async close(): Promise<void> {
    clearTimeout(this.#aging);
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** What is still under way on the pools ends as it would have. */
  #letGo(): void {
    clearTimeout(this.#aging);
    for (const pool of this.#pools.values()) pool.close().catch(() => undefined);
    this.#pools.clear();
  }

  #openPool(origin: string): Pool {
    if (this.#pools.size === 0) this.#aging = setTimeout(() => this.#letGo(), POOL_AGE).unref();
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

/** Makes each connection with the certificates of that moment. */
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
      // What TLS cannot use at all is thrown.
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
