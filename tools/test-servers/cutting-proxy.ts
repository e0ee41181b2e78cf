import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * When a connection breaks. `before`: what the client sent never reaches the server. `after`: it has gone to the server,
 * whose answer does not reach the client. A number: so many milliseconds after, when the answer may have come.
 */
export type CutMoment = "before" | "after" | number;

/** A TCP proxy on loopback that can break a connection at a chosen moment. */
export interface CuttingProxy {
  readonly port: number;
  /** Breaks the next connection on which the client sends this text, at this moment. */
  cutAt(text: string, moment: CutMoment): void;
  /**
   * Keeps every answer from the connections on which the client sends one of these texts, which stay open.
   *
   * @returns what ends that, and breaks these connections
   */
  holdAnswersTo(texts: readonly string[]): () => void;
  /**
   * Answers in the server's place, as another server does that takes the client for one of its own, and hangs up.
   *
   * @returns what ends that
   */
  answerInstead(text: string): () => void;
  /** How many connections it has broken. */
  readonly cuts: number;
  stop(): Promise<void>;
}

/** Starts a proxy in front of a server on loopback. */
export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  let armed: { text: Buffer; moment: CutMoment } | undefined;
  let held: readonly string[] = [];
  let instead: string | undefined;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const silenced = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    upstream.on("data", (chunk) => {
      if (!silenced.has(client)) client.write(chunk);
    });
    upstream.on("close", () => client.destroy());
    client.on("close", () => {
      silenced.delete(client);
      upstream.destroy();
    });
    client.on("data", (chunk) => {
      if (instead !== undefined) {
        silenced.add(client);
        client.end(instead);
        return;
      }
      if (held.some((text) => chunk.includes(text))) silenced.add(client);
      if (armed === undefined || !chunk.includes(armed.text)) {
        upstream.write(chunk);
        return;
      }
      const { moment } = armed;
      armed = undefined;
      const breakConnection = () => {
        cuts++;
        client.destroy();
      };
      if (moment === "before") breakConnection();
      else if (moment === "after") upstream.write(chunk, breakConnection);
      else upstream.write(chunk, () => setTimeout(breakConnection, moment));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cutAt(text, moment) {
      armed = { text: Buffer.from(text), moment };
    },
    holdAnswersTo(texts) {
      held = texts;
      return () => {
        held = [];
        for (const client of silenced) client.destroy();
      };
    },
    answerInstead(text) {
      instead = text;
      return () => {
        instead = undefined;
      };
    },
    get cuts() {
      return cuts;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
