import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy on loopback that can break a connection at a chosen moment. */
export interface CuttingProxy {
  readonly port: number;
  /** Breaks the next connection on which the client sends this text, so many milliseconds after it went to the server; 0: before its answer. */
  cutAfter(text: string, milliseconds: number): void;
  /** How many connections it has broken. */
  readonly cuts: number;
  stop(): Promise<void>;
}

/** Starts a proxy in front of a server on loopback. */
export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  let armed: { text: Buffer; milliseconds: number } | undefined;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    upstream.on("data", (chunk) => client.write(chunk));
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    client.on("data", (chunk) => {
      const cut = armed !== undefined && chunk.includes(armed.text) ? armed : undefined;
      if (cut !== undefined) armed = undefined;
      upstream.write(chunk, () => {
        if (cut === undefined) return;
        const breakConnection = () => {
          cuts++;
          client.destroy();
        };
        // A timer takes a millisecond at least, in which a server on the same machine has answered.
        if (cut.milliseconds === 0) breakConnection();
        else setTimeout(breakConnection, cut.milliseconds);
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter(text, milliseconds) {
      armed = { text: Buffer.from(text), milliseconds };
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
