import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";
import { ProxiedConnection } from "./proxied-connection.ts";

/**
 * When a connection breaks.
 *
 * - `before`: what the client sent never reaches the server
 * - `in-request`: the server gets the first half of what the client sent
 * - `after`: it has gone to the server, which may notice that its client is gone while it works
 * - a number: so many milliseconds after, when the answer may have come
 * - `answered`: the server has done its work, and its answer does not reach the client
 * - `in-answer`: the client gets the first half of the answer
 * - `held`: nothing breaks; the server has answered, and the client waits for that for ever
 */
export type CutMoment = "before" | "in-request" | "after" | number | "answered" | "in-answer" | "held";

/** What breaks which connections. */
export interface ArmedCut {
  /** The connections on which the client sends one of these. Absent: all that send anything. */
  readonly texts?: readonly Buffer[] | undefined;
  readonly moment: CutMoment;
  /** How often it still happens. */
  times: number;
}

/** A TCP proxy on loopback that can break a connection at a chosen moment, delay it, or let it hang. */
export class CuttingProxy {
  /** The port on loopback that new connections are led to. It may be changed: the server has moved. */
  target: number;
  /** How long each piece takes in each direction, in milliseconds. */
  latency = 0;
  /** How many connections it has taken. */
  connections = 0;
  /** How many bytes it has led on to the server. */
  bytesSent = 0;
  /** How many bytes it has led on to clients. */
  bytesReceived = 0;
  readonly port: number;
  readonly #server: Server;
  readonly #open = new Set<ProxiedConnection>();
  #armed: ArmedCut | undefined;
  #cuts = 0;
  #onCut: (() => void)[] = [];
  #hanging = false;
  #answer: string | undefined;

  /** @param server listens already */
  constructor(server: Server, target: number) {
    this.#server = server;
    this.target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client: Socket) => this.#connect(client));
  }

  /** How many connections of clients are open. */
  get openConnections(): number {
    return this.#open.size;
  }

  /** How many connections it has broken, or holds the answer of. */
  get cuts(): number {
    return this.#cuts;
  }

  /**
   * Breaks the next connection on which the client sends this text, or one of these, at this moment. Behind TLS no text
   * can be seen.
   *
   * @param text undefined: whatever it sends
   * @param times how many connections, one after the other. `Infinity` lasts until `heal`. @default 1
   */
  cutAt(text: string | readonly string[] | undefined, moment: CutMoment, times = 1): void {
    const texts = text === undefined ? undefined : [text].flat().map((one) => Buffer.from(one));
    this.#armed = { texts, moment, times };
  }

  /** Answers in the server's place until `heal`, as another server does that takes the client for one of its own, and hangs up. */
  answerInstead(text: string): void {
    this.#answer = text;
  }

  /** Settles when the next connection has been broken. */
  nextCut(): Promise<void> {
    return new Promise((resolve) => this.#onCut.push(resolve));
  }

  /** From now on it takes connections, and what is sent, in both directions, stays with it until `heal`. */
  hang(): void {
    this.freeze();
    this.hold();
  }

  /**
   * Freezes the connections that are open, as a firewall does that forgot them: what is sent, in both directions, stays with
   * the proxy, and neither side hears of it. New connections work.
   *
   * @returns how many it has frozen
   */
  freeze(): number {
    const frozen = [...this.#open].filter((connection) => !connection.isFrozen);
    for (const connection of frozen) connection.pause();
    return frozen.length;
  }

  /** Takes new connections, and what is sent on them, in both directions, stays with the proxy until `heal`. Open ones work. */
  hold(): void {
    this.#hanging = true;
  }

  /** Breaks the frozen connections: nothing that a client sent on one reaches the server any more. The others work. */
  dropFrozen(): void {
    for (const connection of this.#open) if (connection.isFrozen) connection.destroy();
  }

  /** Breaks all connections, and from now on refuses new ones until `heal`. */
  async refuse(): Promise<void> {
    this.drop();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Breaks all connections. New ones are taken. */
  drop(): void {
    for (const connection of this.#open) connection.destroy();
  }

  /** Ends all faults: takes connections, leads on what hung, breaks nothing. Answers that were held stay so. */
  async heal(): Promise<void> {
    this.#armed = undefined;
    this.#answer = undefined;
    this.#hanging = false;
    for (const connection of this.#open) connection.resume();
    if (this.#server.listening) return;
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Breaks all connections and takes no more. */
  async stop(): Promise<void> {
    await this.refuse();
  }

  #connect(client: Socket): void {
    this.connections++;
    const connection = new ProxiedConnection(client, this.target, {
      latency: () => this.latency,
      take: (sent) => this.#take(sent),
      answer: () => this.#answer,
      onCut: () => this.#countCut(),
      onSent: (bytes) => {
        this.bytesSent += bytes;
      },
      onReceived: (bytes) => {
        this.bytesReceived += bytes;
      },
      onClose: () => this.#open.delete(connection),
    });
    this.#open.add(connection);
    if (this.#hanging) connection.pause();
  }

  #take(sent: Buffer): CutMoment | undefined {
    const armed = this.#armed;
    if (armed === undefined || armed.texts?.every((text) => !sent.includes(text))) return undefined;
    if (--armed.times === 0) this.#armed = undefined;
    return armed.moment;
  }

  #countCut(): void {
    this.#cuts++;
    for (const settle of this.#onCut.splice(0)) settle();
  }
}

/** Starts a proxy in front of a server on loopback. */
export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const server = createServer();
  // While it refuses it does not listen, and nobody else may take its port.
  server.listen(await freePort(), "127.0.0.1");
  await once(server, "listening");
  return new CuttingProxy(server, targetPort);
}
