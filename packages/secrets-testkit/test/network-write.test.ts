import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { type CallContext, isSecretsError } from "@archestra/secrets-core/plugin";
import { expect, onTestFinished, test } from "vitest";
import { create } from "./samples/network-write.ts";

type Answer = (response: ServerResponse) => void;

/** A server that keeps one secret; `answer` is what becomes of the answer to a change. */
async function startServer(answer: Answer) {
  let stored: object | undefined;
  let changes = 0;
  const server = createServer(async (request: IncomingMessage, response) => {
    if (request.method === "PUT") {
      stored = { ...((await json(request)) as object), version: "1" };
      changes++;
      answer(response);
    } else response.end(JSON.stringify(stored ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const put = (text: object) => {
    stored = text;
  };
  return { address, changes: () => changes, put };
}

const context = (signal: AbortSignal): CallContext => ({
  signal,
  deadline: Date.now() + 60_000,
  reserve: 0,
  logger: { warn: () => {} },
});
const write = (address: URL, signal = new AbortController().signal) =>
  create(address, "a", { token: "1" }, context(signal));

test.each<[what: string, answer: Answer]>([
  ["a page of a proxy", (response) => void response.end("<html>")],
  ["an empty object", (response) => void response.end("{}")],
  ["a broken connection", (response) => void response.destroy()],
])("a write that is answered with %s is proven by reading back", async (_what, answer) => {
  const { address } = await startServer(answer);
  expect(await write(address)).toEqual({ name: "a", version: "1" });
});

test("a write that is never answered is proven after its caller aborted it", async () => {
  const controller = new AbortController();
  const { address } = await startServer(() => controller.abort());
  expect(await write(address, controller.signal)).toEqual({ name: "a", version: "1" });
});

test("an equal value of another client proves nothing", async () => {
  const { address, put } = await startServer((response) => {
    put({ id: "of another", value: { token: "1" }, version: "2" });
    response.destroy();
  });
  const error = await write(address).catch((reason: unknown) => reason);
  expect(isSecretsError(error, "OUTCOME_UNKNOWN")).toBe(true);
});

test("a secret that exists is reported, and a write that was aborted before is not sent", async () => {
  const { address, changes } = await startServer((response) => {
    response.writeHead(412).end('{"error":"exists"}');
  });
  await expect(write(address)).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  const reason = new Error("given up");
  await expect(write(address, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(changes()).toBe(1);
});
