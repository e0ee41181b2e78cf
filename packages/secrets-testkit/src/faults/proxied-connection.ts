import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { DelayedLine } from "./delayed-line.ts";
import type { ArmedFaults, RequestFault } from "./request-fault.ts";

/** How long a client may take to close its side before its connection is destroyed. */
const CLOSE_MILLISECONDS = 1_000;

/** The state of the proxy that its connections share. */
export interface ProxyState {
  readonly faults: ArmedFaults;
  /** The delay of each piece of data in each direction, in milliseconds. */
  delay: number;
  /** Whether data stays with the proxy. */
  isSilent: boolean;
}

/** What a connection reports to its proxy. */
export interface ConnectionEvents {
  onClientClose(): void;
  /** Both sides have closed. */
  onClose(): void;
}

/** A connection of a client, and the connection to the server that belongs to it. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #clientClosed: Promise<void>;
  readonly #serverClosed: Promise<void>;
  readonly #state: ProxyState;
  readonly #toServer = new DelayedLine();
  readonly #toClient = new DelayedLine();
  readonly #requests = new DelayedLine();
  /** The data that silence holds, in the order of its arrival. */
  readonly #held: (() => void)[] = [];
  #fault: RequestFault | undefined;

  /** @param server the address of the server */
  constructor(
    client: Socket,
    server: { readonly host: string; readonly port: number },
    state: ProxyState,
    events: ConnectionEvents,
  ) {
    this.#client = client;
    this.#server = connect(server);
    this.#clientClosed = closeOf(client);
    this.#serverClosed = closeOf(this.#server);
    this.#state = state;
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
    }
    client.on("data", (data: Buffer) => this.#arrive(this.#toServer, () => this.#request(data)));
    client.on("close", () => {
      events.onClientClose();
      this.#arrive(this.#toServer, () => this.#requests.run(0, () => this.#server.end()));
      if (this.#server.closed) events.onClose();
    });
    this.#server.on("data", (data: Buffer) => this.#arrive(this.#toClient, () => this.#answer(data)));
    this.#server.on("close", () => {
      this.#arrive(this.#toClient, () => this.#lostServer());
      if (client.closed) events.onClose();
    });
  }

  /** Lets data pass that silence has held, even if its client is gone: a network delivers it late. */
  release(): void {
    for (const leave of this.#held.splice(0)) leave();
  }

  /** Closes the connection in both directions, and resolves when the client has noticed. What was sent reaches the server. */
  async end(): Promise<void> {
    this.#client.end();
    this.#server.end();
    await Promise.race([this.#clientClosed, sleep(CLOSE_MILLISECONDS, undefined, { ref: false })]);
    this.#client.destroy();
    await this.#clientClosed;
  }

  /** Closes the connection at once. */
  async destroy(): Promise<void> {
    this.#client.destroy();
    this.#server.destroy();
    await Promise.all([this.#clientClosed, this.#serverClosed]);
  }

  #arrive(line: DelayedLine, leave: () => void): void {
    line.run(this.#state.delay, () => {
      if (this.#state.isSilent) this.#held.push(leave);
      else leave();
    });
  }

  #request(data: Buffer): void {
    this.#fault ??= this.#state.faults.take(data);
    switch (this.#fault?.kind) {
      case "silence":
        break;
      case "lose-request":
        this.#client.destroy();
        break;
      case "nonsense":
        if (!this.#client.writableEnded) this.#client.end(this.#fault.answer, "latin1");
        break;
      case "delay":
        this.#requests.run(this.#fault.milliseconds, () => this.#server.write(data));
        this.#fault = undefined;
        break;
      default:
        this.#requests.run(0, () => this.#server.write(data));
    }
  }

  #answer(data: Buffer): void {
    switch (this.#fault?.kind) {
      case undefined:
        if (!this.#client.writableEnded) this.#client.write(data);
        break;
      case "lose-answer":
        this.#client.destroy();
        break;
      case "halve-answer":
        this.#client.end(data.subarray(0, data.length >> 1));
        this.#fault = { kind: "hang" };
        break;
    }
  }

  #lostServer(): void {
    const isOpen = this.#fault?.kind === "hang" || this.#fault?.kind === "silence";
    if (!isOpen) this.#client.end();
  }
}

/** Resolves when a new socket has closed. Unlike `once`, it does not reject when the socket fails first. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
