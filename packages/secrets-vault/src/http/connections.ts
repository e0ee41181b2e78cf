import { Agent, type Dispatcher } from "undici";

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

const CONNECTIONS = 64;
const CONNECT_TIMEOUT = 3_000;
/** Go closes an idle connection after Vault's `http_idle_timeout`, five minutes by default, and never says so before. */
const IDLE_TIMEOUT = 60_000;
/** So that a name which points elsewhere by now is looked up again. */
const CONNECTION_AGE = 5 * 60_000;
/** An address behind the name may be dead while others live: so many failures in a row start anew. */
const FAILURES_IN_A_ROW = 3;

/** The pool of connections, made anew when it only fails. */
export class Connections {
  readonly #given: Dispatcher | undefined;
  readonly #tls: TlsSettings;
  #agent: Agent | undefined;
  #failures = 0;

  /** @param given the application's dispatcher, such as one for a proxy; it is left open */
  constructor(tls: TlsSettings, given: Dispatcher | undefined) {
    this.#tls = tls;
    this.#given = given;
  }

  /** Whether the application gave the dispatcher. */
  get areGiven(): boolean {
    return this.#given !== undefined;
  }

  get dispatcher(): Dispatcher {
    if (this.#given !== undefined) return this.#given;
    this.#agent ??= this.#createAgent();
    return this.#agent;
  }

  answered(): void {
    this.#failures = 0;
  }

  failed(): void {
    if (++this.#failures < FAILURES_IN_A_ROW) return;
    this.#failures = 0;
    const old = this.#agent;
    this.#agent = undefined;
    // What is still under way on it ends as it would have.
    old?.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await agent?.destroy();
  }

  #createAgent(): Agent {
    const { ca, cert, key, serverName, alwaysChecked } = this.#tls;
    return new Agent({
      connections: CONNECTIONS,
      pipelining: 1,
      // HTTP/1.1 alone: one request a connection, so that a broken connection concerns one request.
      allowH2: false,
      keepAliveTimeout: IDLE_TIMEOUT,
      clientTtl: CONNECTION_AGE,
      connect: {
        timeout: CONNECT_TIMEOUT,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(serverName === undefined ? {} : { servername: serverName }),
        ...(alwaysChecked ? { rejectUnauthorized: true } : {}),
      },
    });
  }
}
