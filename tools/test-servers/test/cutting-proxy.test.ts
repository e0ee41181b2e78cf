import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startCuttingProxy } from "../cutting-proxy.ts";

/** A server that answers with its name, and the paths that it has been asked for. */
async function startServer(name: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(name.repeat(1_000));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close(() => {}).closeAllConnections());
  return { port: (server.address() as AddressInfo).port, asked };
}

/** The first letter of the whole answer, or what broke. */
function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const agent = new Agent();
    const sent = get({ host: "127.0.0.1", port, path, agent }, async (response) => {
      try {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve(text.slice(0, 1));
      } catch {
        resolve("broken answer");
      }
      agent.destroy();
    });
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function proxied() {
  const server = await startServer("a");
  const proxy = await startCuttingProxy(server.port);
  onTestFinished(() => proxy.stop());
  return { server, proxy };
}

test.for([
  { moment: "before", answer: "ECONNRESET", asked: 0 },
  { moment: "in-request", answer: "ECONNRESET", asked: 0 },
  { moment: "answered", answer: "ECONNRESET", asked: 1 },
  { moment: "in-answer", answer: "broken answer", asked: 1 },
] as const)("a connection breaks $moment", async ({ moment, answer, asked }) => {
  const { server, proxy } = await proxied();
  proxy.cutAt("/x", moment);
  expect(await ask(proxy.port, "/y")).toBe("a");
  expect(await ask(proxy.port, "/x")).toBe(answer);
  expect(await ask(proxy.port, "/x")).toBe("a");
  expect([server.asked.filter((path) => path === "/x").length, proxy.cuts]).toEqual([asked + 1, 1]);
});

test("all connections break until the proxy is healed", async () => {
  const { proxy } = await proxied();
  proxy.cutAt(undefined, "before", Number.POSITIVE_INFINITY);
  expect([await ask(proxy.port, "/"), await ask(proxy.port, "/")]).toEqual(["ECONNRESET", "ECONNRESET"]);
  await proxy.heal();
  expect(await ask(proxy.port, "/")).toBe("a");
});

test("an answer is held", async () => {
  const { server, proxy } = await proxied();
  proxy.cutAt("/x", "held");
  const held = proxy.nextCut();
  const answer = ask(proxy.port, "/x");
  await held;
  expect(server.asked).toEqual(["/x"]);
  proxy.drop();
  expect(await answer).toBe("ECONNRESET");
});

test("a hanging connection continues when the proxy is healed", async () => {
  const { server, proxy } = await proxied();
  proxy.hang();
  const answer = ask(proxy.port, "/x");
  expect(await ask(server.port, "/direct")).toBe("a");
  expect([proxy.bytesSent, server.asked]).toEqual([0, ["/direct"]]);
  await proxy.heal();
  expect(await answer).toBe("a");
});

/** A connection that stays open, and what it has got. */
async function openConnection(port: number) {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let received = "";
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString();
  });
  await once(socket, "connect");
  const ask = (path: string) => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: loopback\r\n\r\n`);
  };
  return { socket, ask, received: () => received };
}

test("open connections freeze, and new ones work", async () => {
  const { server, proxy } = await proxied();
  const open = await openConnection(proxy.port);
  open.ask("/before");
  await once(open.socket, "data");
  expect(proxy.freeze()).toBe(1);
  const earlier = open.received();
  open.ask("/frozen");
  expect(await ask(proxy.port, "/new")).toBe("a");
  expect([open.received(), server.asked]).toEqual([earlier, ["/before", "/new"]]);
  const answered = once(open.socket, "data");
  await proxy.heal();
  await answered;
  expect(server.asked).toEqual(["/before", "/new", "/frozen"]);
});

test("what was sent on a frozen connection is lost when that is broken", async () => {
  const { server, proxy } = await proxied();
  const frozen = await openConnection(proxy.port);
  frozen.ask("/before");
  await once(frozen.socket, "data");
  proxy.freeze();
  frozen.ask("/frozen");
  const other = await openConnection(proxy.port);
  const closed = once(frozen.socket, "close");
  proxy.dropFrozen();
  await closed;
  other.ask("/other");
  await once(other.socket, "data");
  await proxy.heal();
  expect(await ask(proxy.port, "/last")).toBe("a");
  expect(server.asked).toEqual(["/before", "/other", "/last"]);
});

test("new connections are held, and open ones work", async () => {
  const { server, proxy } = await proxied();
  const open = await openConnection(proxy.port);
  open.ask("/first");
  await once(open.socket, "data");
  proxy.hold();
  const held = ask(proxy.port, "/held");
  open.ask("/open");
  await once(open.socket, "data");
  expect(server.asked).toEqual(["/first", "/open"]);
  await proxy.heal();
  expect(await held).toBe("a");
});

test("connections are refused until the proxy is healed", async () => {
  const { proxy } = await proxied();
  await proxy.refuse();
  expect(await ask(proxy.port, "/")).toBe("ECONNREFUSED");
  await proxy.heal();
  expect(await ask(proxy.port, "/")).toBe("a");
});

test("new connections go to the new target", async () => {
  const { proxy } = await proxied();
  const other = await startServer("b");
  proxy.target = other.port;
  expect(await ask(proxy.port, "/")).toBe("b");
});

test("each direction takes its latency, and bytes and connections are counted", async () => {
  const { proxy } = await proxied();
  proxy.latency = 100;
  const started = performance.now();
  expect(await ask(proxy.port, "/")).toBe("a");
  // A timer may fire a little early.
  expect(performance.now() - started).toBeGreaterThan(190);
  expect(proxy.connections).toBe(1);
  expect(proxy.bytesSent).toBeGreaterThan(20);
  expect(proxy.bytesReceived).toBeGreaterThan(1_000);
});
