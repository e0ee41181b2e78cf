import { connect } from "node:net";

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

// The answer shows that the server is behind the proxy.
const client = connect(proxy.port, proxy.host);
client.write("INCR requests\r\n");
for await (const answer of client) {
  console.log(String(answer).trim());
  break;
}
await Promise.all([proxy.close(), server.stop()]);
