import { connect, type Socket } from "node:net";
import type { CutMoment } from "./cutting-proxy.ts";

/** The questions and reports of a connection to its proxy. */
export interface ConnectionEvents {
  latency(): number;
  /** Whether, and when, the connection breaks on which this was sent. */
  take(sent: Buffer): CutMoment | undefined;
  /** What is answered in the server's place. Undefined: the server answers. */
  answer(): string | undefined;
  onCut(): void;
  onSent(bytes: number): void;
  onReceived(bytes: number): void;
  onClose(): void;
}

/** One connection of a client, and the one to the server that belongs to it. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #events: ConnectionEvents;
  readonly #toServer = new DelayedLine();
  readonly #toClient = new DelayedLine();
  #atAnswer: "answered" | "in-answer" | "held" | undefined;
  #frozen = false;

  constructor(client: Socket, target: number, events: ConnectionEvents) {
    this.#client = client;
    this.#server = connect(target, "127.0.0.1");
    this.#events = events;
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
    }
    client.on("data", (chunk: Buffer) => this.#toServer.run(events.latency(), () => this.#send(chunk)));
    client.on("close", () => {
      this.#server.destroy();
      events.onClose();
    });
    this.#server.on("data", (chunk: Buffer) =>
      this.#toClient.run(events.latency(), () => this.#receive(chunk)),
    );
    this.#server.on("close", () => this.#toClient.run(0, () => this.#client.destroy()));
  }

  /** Whether what is sent stays with the proxy. */
  get isFrozen(): boolean {
    return this.#frozen;
  }

  pause(): void {
    this.#frozen = true;
    this.#client.pause();
    this.#server.pause();
  }

  resume(): void {
    this.#frozen = false;
    this.#client.resume();
    this.#server.resume();
  }

  destroy(): void {
    this.#client.destroy();
  }

  #send(chunk: Buffer): void {
    const answer = this.#events.answer();
    if (answer !== undefined) {
      this.#client.end(answer);
      return;
    }
    const moment = this.#events.take(chunk);
    switch (moment) {
      case undefined:
        this.#forward(chunk);
        break;
      case "before":
        this.#cut();
        break;
      case "in-request":
        this.#forward(chunk.subarray(0, chunk.length >> 1), () => this.#cut());
        break;
      case "after":
        this.#forward(chunk, () => this.#cut());
        break;
      case "answered":
      case "in-answer":
      case "held":
        this.#atAnswer = moment;
        this.#forward(chunk);
        break;
      default:
        this.#forward(chunk, () => setTimeout(() => this.#cut(), moment));
    }
  }

  #receive(chunk: Buffer): void {
    const fault = this.#atAnswer;
    if (fault === undefined) {
      this.#deliver(chunk);
      return;
    }
    if (fault === "answered") this.#cut();
    else if (fault === "in-answer") this.#deliver(chunk.subarray(0, chunk.length >> 1), () => this.#cut());
    else if (!this.#server.isPaused()) {
      // The rest of the answer stays with the server's socket, and so does the news that it has closed.
      this.#server.pause();
      this.#events.onCut();
    }
  }

  #forward(chunk: Buffer, done?: () => void): void {
    this.#events.onSent(chunk.length);
    this.#server.write(chunk, done);
  }

  #deliver(chunk: Buffer, done?: () => void): void {
    this.#events.onReceived(chunk.length);
    this.#client.write(chunk, done);
  }

  #cut(): void {
    this.#events.onCut();
    this.#client.destroy();
  }
}

/** One direction: what enters first leaves first, also when the latency shrinks in between. */
class DelayedLine {
  #last = 0;

  run(latency: number, leave: () => void): void {
    const due = Math.max(performance.now() + latency, this.#last);
    const wait = due - performance.now();
    if (wait <= 0) {
      leave();
      return;
    }
    this.#last = due;
    setTimeout(leave, wait);
  }
}
