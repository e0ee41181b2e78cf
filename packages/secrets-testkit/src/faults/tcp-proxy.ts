import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";
import { type NetworkFaults, networkFaults } from "./network-faults.ts";
import { ProxiedConnection, type ProxyState } from "./proxied-connection.ts";
import { ArmedFaults, type RequestFault } from "./request-fault.ts";

const LOOPBACK = "127.0.0.1";

/** What a proxy of another service answers, when the author gives no other texts. */
const GATEWAY_PAGE =
  "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 25\r\nConnection: close\r\n\r\n<html>Bad Gateway</html>\n";

/** The server behind a proxy, and how the proxy recognizes its requests. */
export interface TcpProxyOptions {
  /** The port of the server. */
  readonly port: number;
  /** The host of the server. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /**
   * Whether data that a client sends is a request. Data that is not, such as the handshake of a new connection, causes no
   * fault. The data is one piece as it arrived: the beginning of a large request, its rest, or several pipelined requests. It
   * is decoded as latin1, one character for each byte.
   *
   * @default all data
   */
  readonly isRequest?: ((data: string) => boolean) | undefined;
  /** Whether data that a client sends is a request that changes something. @default none is */
  readonly isChange?: ((data: string) => boolean) | undefined;
  /**
   * What another server answers, as latin1, for `faults.nonsense`. A form for each: add answers that have the form of your
   * protocol and make no sense.
   *
   * @default the error page of an HTTP proxy
   */
  readonly nonsense?: readonly [string, ...(readonly string[])] | undefined;
}

/** What a fault affects. */
export interface FaultScope {
  /** Whether the fault ends with the first request that it affects. @default false: it lasts until it is ended */
  readonly once?: boolean | undefined;
  /** Whether only changes cause the fault, as `isChange` recognizes them. @default false, except for `hang` */
  readonly onlyChanges?: boolean | undefined;
}

/** Ends a fault. A fault that affects one request may have ended before. */
export type EndFault = () => Promise<void>;

/**
 * A TCP proxy on loopback that causes faults between clients and a server. It knows no protocol. A fault is caused by the
 * data of a client, on the connection of that data. The first data that the server sends afterwards counts as the answer,
 * which with pipelined requests can be that of an earlier one. Other connections continue.
 *
 * Behind TLS the proxy receives ciphertext: `isRequest` and `isChange` recognize nothing, and a fault for one request is
 * caused by the handshake. `refuse`, `silence`, `delay` and `cut` work. Test the others without TLS.
 */
export interface TcpProxy extends AsyncDisposable {
  /** `127.0.0.1`. */
  readonly host: string;
  /** The port for clients. It stays the same when connections are refused. */
  readonly port: number;
  /** The faults for `TestStore.faults`, complete with one-shot and lasting forms. */
  readonly faults: NetworkFaults;
  /** Returns how many connections of clients are open: `TestStore.connections`. It can be called without the proxy. */
  readonly connections: () => number;
  /**
   * Closes open connections, waits until clients have noticed, and refuses new ones. With `once`, the next new one is
   * reset, and later ones are accepted.
   */
  refuse(scope?: Pick<FaultScope, "once">): Promise<EndFault>;
  /**
   * Holds all data in both directions; connections stay open. When it ends, what was held arrives late, even requests of
   * clients that have gone, as in a network. With `once`, the connection of the next request is silent until it closes.
   */
  silence(scope?: FaultScope): EndFault;
  /** Closes the connection when the answer of a request arrives. The server has executed the request. */
  loseAnswer(scope?: FaultScope): EndFault;
  /** Closes the connection when half of the answer has reached the client. The server has executed the request. */
  halveAnswer(scope?: FaultScope): EndFault;
  /** Closes the connection of a request, which does not reach the server. */
  loseRequest(scope?: FaultScope): EndFault;
  /**
   * Passes a change to the server. Neither its answer nor any later one on its connection arrives, and the connection stays
   * open. Reads on other connections are answered.
   *
   * @throws TypeError when the proxy was started without `isChange`
   */
  hang(scope?: Pick<FaultScope, "once">): EndFault;
  /** Delays requests, or without `once` all data in both directions. @param milliseconds the delay of each piece of data */
  delay(milliseconds: number, scope?: FaultScope): EndFault;
  /** Answers requests in place of the server, which receives nothing, and closes their connections. @default `answer`: the first text of `nonsense` */
  nonsense(scope?: FaultScope & { readonly answer?: string | undefined }): EndFault;
  /** Closes open connections, and waits until clients have noticed. Without `once`, new ones are closed at once, too. */
  cut(scope?: Pick<FaultScope, "once">): Promise<EndFault>;
  /** Closes all connections and accepts no more. */
  close(): Promise<void>;
}

/**
 * Starts a proxy in front of a server, on a free port of loopback. One proxy for each store keeps the faults of a case apart
 * from other clients of the same server.
 *
 * @example
 * const proxy = await startTcpProxy({ port: 6379, isRequest: (data) => !/HELLO|AUTH/.test(data) });
 */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const server = createServer();
  const port = await freePort();
  server.listen(port, LOOPBACK);
  await once(server, "listening");
  return new RunningProxy(server, port, options);
}

class RunningProxy implements TcpProxy {
  readonly host = LOOPBACK;
  readonly port: number;
  readonly faults: NetworkFaults;
  readonly connections = (): number => this.#open.size;
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #state: ProxyState;
  readonly #hasChanges: boolean;
  readonly #nonsense: string;
  readonly #open = new Set<ProxiedConnection>();
  /** Those of clients that have gone, as long as the server still has them or silence holds their requests. */
  readonly #all = new Set<ProxiedConnection>();
  #closes: "reset-next" | "every" | undefined;

  constructor(server: Server, port: number, options: TcpProxyOptions) {
    const { host = LOOPBACK, nonsense = [GATEWAY_PAGE], isChange } = options;
    this.#server = server;
    this.port = port;
    this.#target = { host, port: options.port };
    this.#state = { faults: new ArmedFaults(options), delay: 0, isSilent: false };
    this.#hasChanges = isChange !== undefined;
    this.#nonsense = nonsense[0];
    this.faults = networkFaults(this, { nonsense, hasChanges: this.#hasChanges });
    server.on("connection", (client) => this.#accept(client));
  }

  async refuse({ once: isOnce = false }: Pick<FaultScope, "once"> = {}): Promise<EndFault> {
    if (isOnce) return this.#close("reset-next");
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    await this.#endAll();
    await stopped;
    return async () => {
      if (this.#server.listening) return;
      this.#server.listen(this.port, LOOPBACK);
      await once(this.#server, "listening");
    };
  }

  silence(scope: FaultScope = {}): EndFault {
    if (scope.once || scope.onlyChanges) return this.#arm({ kind: "silence" }, scope);
    this.#state.isSilent = true;
    return async () => {
      this.#state.isSilent = false;
      for (const connection of this.#all) connection.release();
    };
  }

  loseAnswer(scope: FaultScope = {}): EndFault {
    return this.#arm({ kind: "lose-answer" }, scope);
  }

  halveAnswer(scope: FaultScope = {}): EndFault {
    return this.#arm({ kind: "halve-answer" }, scope);
  }

  loseRequest(scope: FaultScope = {}): EndFault {
    return this.#arm({ kind: "lose-request" }, scope);
  }

  hang({ once: isOnce = false }: Pick<FaultScope, "once"> = {}): EndFault {
    return this.#arm({ kind: "hang" }, { once: isOnce, onlyChanges: true });
  }

  delay(milliseconds: number, scope: FaultScope = {}): EndFault {
    if (scope.once || scope.onlyChanges) return this.#arm({ kind: "delay", milliseconds }, scope);
    this.#state.delay = milliseconds;
    return async () => {
      this.#state.delay = 0;
    };
  }

  nonsense({
    answer = this.#nonsense,
    ...scope
  }: FaultScope & { answer?: string | undefined } = {}): EndFault {
    return this.#arm({ kind: "nonsense", answer }, scope);
  }

  cut({ once: isOnce = false }: Pick<FaultScope, "once"> = {}): Promise<EndFault> {
    return this.#close(isOnce ? undefined : "every");
  }

  async close(): Promise<void> {
    this.#server.close();
    await Promise.all([...this.#all].map((connection) => connection.destroy()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(client: Socket): void {
    if (this.#closes !== undefined) {
      client.on("error", () => {});
      if (this.#closes === "every") client.destroy();
      else client.resetAndDestroy();
      if (this.#closes === "reset-next") this.#closes = undefined;
      return;
    }
    const connection = new ProxiedConnection(client, this.#target, this.#state, {
      onClientClose: () => this.#open.delete(connection),
      onClose: () => this.#all.delete(connection),
    });
    this.#open.add(connection);
    this.#all.add(connection);
  }

  #arm(fault: RequestFault, { once: isOnce = false, onlyChanges = false }: FaultScope): EndFault {
    if (onlyChanges && !this.#hasChanges) {
      throw new TypeError("The proxy recognizes no changes. Start it with `isChange`.");
    }
    const disarm = this.#state.faults.arm(fault, isOnce, onlyChanges);
    return async () => disarm();
  }

  async #close(closes: "reset-next" | "every" | undefined): Promise<EndFault> {
    this.#closes = closes;
    await this.#endAll();
    return async () => {
      this.#closes = undefined;
    };
  }

  async #endAll(): Promise<void> {
    await Promise.all([...this.#open].map((connection) => connection.end()));
  }
}
