import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Certificate } from "@archestra/test-servers/certificate-authority";
import { onTestFinished } from "vitest";

/** What a front shows, and which clients it lets in. */
export interface FrontTls extends Certificate {
  /** The authority of the clients' certificates. Absent: it asks for none. */
  readonly clientAuthority?: string;
}

/** TLS in front of a plain Vault, whose certificates can be changed while it runs, as those of an ingress are. */
export async function startTlsFront(port: number, tls: FrontTls) {
  const sockets = new Set<TLSSocket>();
  const contextOf = ({ cert, key, clientAuthority }: FrontTls) => ({
    cert,
    key,
    ...(clientAuthority === undefined ? {} : { ca: clientAuthority }),
  });
  const isAskingClients = tls.clientAuthority !== undefined;
  const server = createServer(
    { ...contextOf(tls), requestCert: isAskingClients, rejectUnauthorized: isAskingClients },
    (socket) => {
      sockets.add(socket);
      const upstream = connect(port, "127.0.0.1");
      socket.pipe(upstream).pipe(socket);
      socket.on("error", () => upstream.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        upstream.destroy();
      });
      upstream.on("error", () => socket.destroy());
      upstream.on("close", () => socket.destroy());
    },
  );
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    server.close();
    drop();
  });
  return {
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Shows other certificates from now on, on new connections alone: the old ones end. */
    change(next: FrontTls) {
      server.setSecureContext(contextOf(next));
      drop();
    },
  };
}
