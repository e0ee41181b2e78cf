import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A server of a small protocol: it answers each line, in order. `SET` changes its value, and everything is recorded. */
export async function startLineServer() {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    let rest = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        received.push(line);
        socket.write(`answer to ${line}\n`);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A client of it. */
export class LineClient {
  /** The lines that have arrived. */
  readonly lines: string[] = [];
  /** What has arrived, even of half a line. */
  text = "";
  readonly #socket: Socket;
  readonly #closed: Promise<unknown>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {});
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
      this.lines.splice(0, Number.POSITIVE_INFINITY, ...this.text.split("\n").slice(0, -1));
    });
  }

  /** @throws the error of the socket, such as ECONNREFUSED */
  static async open({ port }: { readonly port: number }): Promise<LineClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new LineClient(socket);
  }

  send(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  /** Resolves with the next line. */
  async next(): Promise<string> {
    const count = this.lines.length;
    while (this.lines.length === count) await once(this.#socket, "data");
    return this.lines[count] ?? "";
  }

  ask(line: string): Promise<string> {
    const answer = this.next();
    this.send(line);
    return answer;
  }

  /** Resolves when the connection has closed. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }
}
