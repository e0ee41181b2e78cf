import { connect } from "node:net";
import type { PoolClient } from "pg";

const CANCEL_REQUEST_CODE = 80_877_102;
const TIMEOUT_MILLISECONDS = 2_000;

/** The session data of `pg` that its types leave out. */
interface SessionOfClient {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly processID?: unknown;
  readonly secretKey?: unknown;
}

/**
 * Asks the server to end the statement of a session whose connection is given up. A server that waits for a lock does not
 * notice that its client is gone, so every statement that is given up would cost a session until the lock is free.
 *
 * It is a request on a connection of its own, without an answer: "Canceling Requests in Progress" of PostgreSQL's protocol
 * 3.0 (https://www.postgresql.org/docs/current/protocol-flow.html). Poolers pass it on.
 */
export function requestCancel(client: PoolClient): void {
  const { host, port, processID, secretKey } = client as unknown as SessionOfClient;
  if (typeof host !== "string" || typeof processID !== "number" || typeof secretKey !== "number") return;
  const request = Buffer.alloc(16);
  for (const [index, part] of [request.length, CANCEL_REQUEST_CODE, processID, secretKey].entries()) {
    request.writeInt32BE(part, index * 4);
  }
  const socket = host.startsWith("/")
    ? connect(`${host}/.s.PGSQL.${Number(port)}`)
    : connect({ host, port: Number(port) });
  // Nothing waits for it, and whether it arrives is for the deadline of the call to say.
  socket.on("error", () => {});
  socket.setTimeout(TIMEOUT_MILLISECONDS, () => socket.destroy());
  socket.unref();
  socket.end(request);
}
