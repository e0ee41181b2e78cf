// #region proxy
import { startServerProcess, startTcpProxy } from "@archestra/secrets-testkit/faults";

const server = await startServerProcess({
  command: "redis-server",
  arguments: ({ port }) => ["--port", String(port), "--save", ""],
});
const proxy = await startTcpProxy({
  port: server.port,
  isRequest: (data) => !/HELLO|AUTH|CLIENT/.test(data), // the handshake of a new connection causes no fault
  isChange: (data) => data.includes("EVALSHA"),
  nonsense: ["+PONG\r\n"], // an answer of another server, in the form of the protocol
});
// #endregion
console.log(proxy.port);
