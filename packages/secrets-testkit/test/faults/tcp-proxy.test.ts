import { once } from "node:events";
import { connect } from "node:net";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { startTcpProxy, type TcpProxy, type TcpProxyOptions } from "../../src/faults.ts";
import type { FaultForms, TestStore } from "../../src/index.ts";
import { LineClient, startLineServer } from "../support/line-server.ts";

let server: Awaited<ReturnType<typeof startLineServer>>;
beforeEach(async () => {
  server = await startLineServer();
  return () => server.stop();
});

const recognition = {
  isRequest: (data: string) => !data.startsWith("HELLO"),
  isChange: (data: string) => data.includes("SET"),
};

async function proxyOfTest(options: Partial<TcpProxyOptions> = recognition): Promise<TcpProxy> {
  const proxy = await startTcpProxy({ port: server.port, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** A client whose connection is in use. */
async function openClient(proxy: TcpProxy): Promise<LineClient> {
  const client = await LineClient.open(proxy);
  onTestFinished(() => client.close());
  expect(await client.ask("HELLO")).toBe("answer to HELLO");
  return client;
}

test("without a fault, the proxy passes what is sent in both directions and counts open connections", async () => {
  const proxy = await proxyOfTest();
  expect(proxy.connections()).toBe(0);
  const [first, second] = [await openClient(proxy), await openClient(proxy)];
  expect(await first.ask("GET a")).toBe("answer to GET a");
  expect(await second.ask("SET a")).toBe("answer to SET a");
  expect(proxy.connections()).toBe(2);
  first.close();
  await vi.waitFor(() => expect(proxy.connections()).toBe(1));
});

test("refuse() closes open connections and refuses new ones until it ends, on the same port", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  const end = await proxy.refuse();
  expect(client.isOpen).toBe(false);
  await expect(LineClient.open(proxy)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await end();
  await openClient(proxy);
});

test("refuse({ once }) closes open connections and the next new one", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  await proxy.refuse({ once: true });
  expect(client.isOpen).toBe(false);
  // The reset arrives before the client knows of the connection, or after.
  await LineClient.open(proxy).then(
    (reset) => reset.closed(),
    (error) => expect(error).toMatchObject({ code: "ECONNRESET" }),
  );
  await openClient(proxy);
});

test("cut() ends although an answer arrives for a client that does not close its side", async () => {
  const proxy = await proxyOfTest();
  const client = connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true });
  onTestFinished(() => void client.destroy());
  await once(client, "connect");
  proxy.delay(100);
  client.write("GET a\n");
  await vi.waitFor(() => expect(server.received).toEqual(["GET a"]));
  await proxy.cut({ once: true });
  expect(proxy.connections()).toBe(0);
});

test("cut() ends although a client resets its connection", async () => {
  const proxy = await proxyOfTest();
  const client = connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true });
  onTestFinished(() => void client.destroy());
  await once(client, "connect");
  client.on("end", () => client.resetAndDestroy()).resume();
  await vi.waitFor(() => expect(proxy.connections()).toBe(1));
  await proxy.cut({ once: true });
  expect(proxy.connections()).toBe(0);
});

test("silence() holds everything on open and new connections, and what was held arrives late", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  const end = proxy.silence();
  client.send("SET a");
  const other = await LineClient.open(proxy);
  other.send("SET b");
  await expectSilence(client, other);
  expect(server.received).toEqual(["HELLO"]);
  const answers = [client.next(), other.next()];
  await end();
  expect(await Promise.all(answers)).toEqual(["answer to SET a", "answer to SET b"]);
});

test("silence() delivers the requests of a client that has gone when it ends", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  const end = proxy.silence();
  client.send("SET a");
  client.close();
  await vi.waitFor(() => expect(proxy.connections()).toBe(0));
  await end();
  await vi.waitFor(() => expect(server.received).toEqual(["HELLO", "SET a"]));
});

test("silence({ once }) silences the connection of the next request until it closes, and no other one", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  proxy.silence({ once: true });
  const other = await openClient(proxy);
  client.send("SET a");
  await expectSilence(client);
  expect(await other.ask("GET a")).toBe("answer to GET a");
  client.send("GET a");
  await expectSilence(client);
  expect(server.received).not.toContain("SET a");
});

test("loseAnswer() closes each connection when the server has executed its request", async () => {
  const proxy = await proxyOfTest();
  const end = proxy.loseAnswer();
  for (const request of ["SET a", "GET a"]) {
    const client = await openClient(proxy);
    client.send(request);
    await client.closed();
    expect(client.lines).toEqual(["answer to HELLO"]);
    expect(server.received).toContain(request);
  }
  await end();
  expect(await (await openClient(proxy)).ask("GET b")).toBe("answer to GET b");
});

test("loseAnswer({ once }) affects one request, also of several that were pipelined", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  const other = await openClient(proxy);
  proxy.loseAnswer({ once: true });
  client.send("SET a\nSET b\nSET c");
  await client.closed();
  expect(server.received.slice(2)).toEqual(["SET a", "SET b", "SET c"]);
  expect(await other.ask("GET a")).toBe("answer to GET a");
});

test("onlyChanges leaves reads alone", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  proxy.loseAnswer({ once: true, onlyChanges: true });
  expect(await client.ask("GET a")).toBe("answer to GET a");
  client.send("SET a");
  await client.closed();
  expect(server.received).toContain("SET a");
});

test("halveAnswer({ once }) delivers half of an answer and closes the connection", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  proxy.halveAnswer({ once: true });
  client.send("SET a");
  await client.closed();
  expect(client.text).toBe("answer to HELLO\nanswer t");
});

test("loseRequest({ once }) closes the connection, and the server receives nothing", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  proxy.loseRequest({ once: true });
  client.send("SET a");
  await client.closed();
  expect(await (await openClient(proxy)).ask("GET a")).toBe("answer to GET a");
  expect(server.received).not.toContain("SET a");
});

test("hang() keeps the answers of changes and answers reads of other connections", async () => {
  const proxy = await proxyOfTest();
  const end = proxy.hang();
  const [first, second, reader] = [await openClient(proxy), await openClient(proxy), await openClient(proxy)];
  first.send("SET a");
  second.send("SET b");
  await vi.waitFor(() => expect(server.received).toEqual(expect.arrayContaining(["SET a", "SET b"])));
  expect(await reader.ask("GET a")).toBe("answer to GET a");
  first.send("GET a");
  await expectSilence(first, second);
  await end();
  expect(await reader.ask("SET c")).toBe("answer to SET c");
});

test("hang({ once }) affects one change, and its connection stays open when the server has closed it", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  proxy.hang({ once: true });
  client.send("SET a");
  await vi.waitFor(() => expect(server.received).toContain("SET a"));
  expect(await (await openClient(proxy)).ask("SET b")).toBe("answer to SET b");
  await server.stop();
  await expectSilence(client);
});

test("a proxy without `isChange` refuses faults of changes, and offers none of them", async () => {
  const proxy = await proxyOfTest({});
  expect(() => proxy.hang()).toThrow(
    new TypeError("The proxy recognizes no changes. Start it with `isChange`."),
  );
  expect(() => proxy.loseAnswer({ onlyChanges: true })).toThrow(TypeError);
  expect(Object.keys(proxy.faults)).not.toContain("hanging-answer");
  expect(proxy.faults["lost-request"].map(({ name }) => name)).toEqual([
    "oneRequestLost",
    "everyRequestLost",
  ]);
});

test("delay() delays every piece of data, in order", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  const end = proxy.delay(50);
  const start = performance.now();
  client.send("GET a");
  client.send("GET b");
  await vi.waitFor(() => expect(client.lines).toHaveLength(3));
  expect(performance.now() - start).toBeGreaterThanOrEqual(95);
  expect(client.lines.slice(1)).toEqual(["answer to GET a", "answer to GET b"]);
  await end();
  expect(await client.ask("GET c")).toBe("answer to GET c");
});

test("delay(…, { once }) delays one request, and later ones stay behind it", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  const other = await openClient(proxy);
  proxy.delay(50, { once: true });
  const start = performance.now();
  client.send("SET a");
  await vi.waitFor(() => expect(proxy.connections()).toBe(2));
  const slow = client.next();
  await other.ask("GET a");
  client.send("SET b");
  expect(await slow).toBe("answer to SET a");
  expect(performance.now() - start).toBeGreaterThanOrEqual(45);
  await vi.waitFor(() => expect(client.lines).toContain("answer to SET b"));
});

test("nonsense() answers each request in place of the server, and handshakes reach it", async () => {
  const proxy = await proxyOfTest({ ...recognition, nonsense: ["nonsense\n", "other\n"] });
  const end = proxy.nonsense();
  for (const expected of ["nonsense", "nonsense"]) {
    const client = await openClient(proxy);
    expect(await client.ask("SET a")).toBe(expected);
    await client.closed();
  }
  await end();
  proxy.nonsense({ answer: "given\n", once: true });
  expect(await (await openClient(proxy)).ask("GET a")).toBe("given");
  expect(await (await openClient(proxy)).ask("GET a")).toBe("answer to GET a");
  expect(server.received).not.toContain("SET a");
});

test("cut() closes open connections once, or every new one too until it ends", async () => {
  const proxy = await proxyOfTest();
  const client = await openClient(proxy);
  await proxy.cut({ once: true });
  expect(client.isOpen).toBe(false);
  await openClient(proxy);
  const end = await proxy.cut();
  for (let turn = 0; turn < 2; turn++) await (await LineClient.open(proxy)).closed();
  await end();
  await openClient(proxy);
});

test("close() closes all connections, during each fault, and frees the port", async () => {
  const faults = ["refuse", "silence", "loseAnswer", "loseRequest", "hang", "nonsense", "cut"] as const;
  for (const fault of faults) {
    const proxy = await startTcpProxy({ port: server.port, ...recognition });
    const client = await openClient(proxy);
    await proxy[fault]();
    client.send("SET a");
    await proxy.close();
    await client.closed();
    expect(proxy.connections()).toBe(0);
    await expect(LineClient.open(proxy)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  }
  {
    await using disposed = await startTcpProxy({ port: server.port });
    await openClient(disposed);
  }
});

test("a server that is not there closes connections", async () => {
  const proxy = await proxyOfTest();
  await server.stop();
  await (await LineClient.open(proxy)).closed();
});

test("the faults fit a store of the suite: one-shot forms return nothing, and lasting ones a function", async () => {
  const proxy = await proxyOfTest({ ...recognition, nonsense: ["one\n", "two\n"] });
  const faults = proxy.faults satisfies TestStore["faults"];
  const forms = Object.entries<FaultForms>({ ...faults }).flatMap(([fault, list]) =>
    list.map((form) => ({ fault, form })),
  );
  expect(forms.map(({ fault, form }) => `${fault}: ${form.name}`)).toEqual([
    "unavailable: connectionsRefused",
    "timeout: noConnectionAnswers",
    "timeout: oneConnectionNeverAnswers",
    "lost-answer: oneAnswerLost",
    "lost-answer: halfAnAnswerArrives",
    "lost-answer: answerOfOneChangeLost",
    "lost-answer: everyAnswerLost",
    "lost-request: oneRequestLost",
    "lost-request: oneChangeLost",
    "lost-request: everyRequestLost",
    "hanging-answer: everyChangeHangs",
    "hanging-answer: oneChangeHangs",
    'nonsense: nonsense "one\\n"',
    'nonsense: nonsense "two\\n"',
  ]);
  for (const { fault, form } of forms) {
    const end = await form();
    const isOneShot = /one[A-Z]|halfAn|OfOne/.test(form.name);
    expect([fault, form.name, typeof end]).toEqual([fault, form.name, isOneShot ? "undefined" : "function"]);
    await end?.();
  }
});

/** Expects that nothing arrives while a round trip through the same process takes place, and that the connections stay open. */
async function expectSilence(...clients: readonly LineClient[]): Promise<void> {
  const before = clients.map(({ lines }) => lines.length);
  const direct = await LineClient.open(server).catch(() => undefined);
  await direct?.ask("DIRECT");
  direct?.close();
  server.received.splice(0, Number.POSITIVE_INFINITY, ...server.received.filter((line) => line !== "DIRECT"));
  expect(clients.map(({ lines }) => lines.length)).toEqual(before);
  expect(clients.every(({ isOpen }) => isOpen)).toBe(true);
}
