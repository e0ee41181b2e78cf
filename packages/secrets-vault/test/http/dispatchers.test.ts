import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { memoryPlugin } from "@archestra/secrets-core/memory";
import { plantedText } from "@archestra/test-harness/planted-values";
import { Agent, ProxyAgent, RetryAgent } from "undici";
import { Agent as Agent5, ProxyAgent as ProxyAgent5 } from "undici-5";
import {
  Agent as Agent6,
  interceptors,
  ProxyAgent as ProxyAgent6,
  RetryAgent as RetryAgent6,
} from "undici-6";
import { Agent as Agent8, ProxyAgent as ProxyAgent8, RetryAgent as RetryAgent8 } from "undici-8";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RequestDispatcher } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { openVaultThrough } from "../support/open-vault-through.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { stubbedVault } from "../support/stubbed-vault.ts";

/** A proxy that answers every request for a tunnel with this status. */
async function proxyThatAnswers(status: number): Promise<ProxyAgent> {
  const server = createServer();
  server.on("connect", (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const agent = new ProxyAgent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    await agent.close();
    server.close();
  });
  return agent;
}

/** A proxy that opens every tunnel. */
async function tunnellingProxy(): Promise<{ readonly url: string; readonly tunnels: number }> {
  const server = createServer();
  const sockets = new Set<Duplex>();
  let tunnels = 0;
  server.on("connect", (request, socket: Duplex) => {
    tunnels++;
    const target = new URL(`http://${request.url}`);
    const upstream = connect(Number(target.port), target.hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on("error", () => undefined);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    get tunnels() {
      return tunnels;
    },
  };
}

function closedLater<Agent extends { close(): Promise<void> }>(agent: Agent): Agent {
  onTestFinished(() => agent.close().catch(() => undefined));
  return agent;
}

const env = vaultEnv("https://vault.example:8200", tokenEnv(plantedText()));

describe("a dispatcher of the application", () => {
  const older: readonly [name: string, create: () => RequestDispatcher][] = [
    ["an Agent of undici 5", () => closedLater(new Agent5())],
    ["a ProxyAgent of undici 5", () => closedLater(new ProxyAgent5("http://127.0.0.1:9"))],
    ["an Agent of undici 6", () => closedLater(new Agent6())],
    ["a ProxyAgent of undici 6", () => closedLater(new ProxyAgent6("http://127.0.0.1:9"))],
    ["a RetryAgent of undici 6", () => closedLater(new RetryAgent6(new Agent6()))],
    ["a composed Agent of undici 6", () => closedLater(new Agent6().compose(interceptors.retry()))],
    [
      "an Agent of undici 6 that follows redirects",
      () => closedLater(new Agent6().compose(interceptors.redirect())),
    ],
  ];

  test.each(older)("that is %s stops the start, which names the version to pass", async (_name, create) => {
    const stub = await stubbedVault();
    const agent = create();
    const error = await failure(openVaultThrough(agent, vaultEnv(stub.address, tokenEnv(plantedText()))));
    expect(stub.requests).toEqual([]);
    expect([error.code, error.reason, error.retryable]).toEqual([
      "INVALID_CONFIGURATION",
      "DISPATCHER_UNSUPPORTED",
      false,
    ]);
    expect(error.message).toContain("`dispatcher`");
    expect(error.message).toContain("undici 7");
    expect(error.message).not.toContain("certificate");
  });

  test("of undici 6 stops a start with a database among the plugins, too", async () => {
    const agent = closedLater(new Agent6());
    const error = await failure(openVaultThrough(agent, env, {}, [memoryPlugin()]));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "DISPATCHER_UNSUPPORTED"]);
  });

  test.each([{}, "http://proxy.example:3128", null, { dispatch: true }])(
    "that has no method `dispatch` stops the start: %s",
    async (dispatcher) => {
      const error = await failure(openVaultThrough(dispatcher as never, env));
      expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "DISPATCHER_UNSUPPORTED"]);
      expect(error.message).toContain("`dispatch`");
    },
  );

  const newer: readonly [name: string, create: (proxy: string) => RequestDispatcher][] = [
    ["an Agent of undici 7", () => closedLater(new Agent())],
    ["a ProxyAgent of undici 7", (proxy) => closedLater(new ProxyAgent(proxy))],
    ["a RetryAgent of undici 7", () => closedLater(new RetryAgent(new Agent()))],
    ["an Agent of undici 8", () => closedLater(new Agent8())],
    ["a ProxyAgent of undici 8", (proxy) => closedLater(new ProxyAgent8({ uri: proxy, proxyTunnel: true }))],
    ["a RetryAgent of undici 8", () => closedLater(new RetryAgent8(new Agent8()))],
  ];

  test.each(newer)("that is %s sends the requests", async (name, create) => {
    const stub = await stubbedVault();
    const value = { token: plantedText() };
    stub.script("GET", "/v1/secret/data/archestra/a", {
      status: 200,
      body: {
        data: {
          data: value,
          metadata: { version: 1, created_time: "2026-01-01T00:00:00Z", deletion_time: "", destroyed: false },
        },
      },
    });
    const proxy = await tunnellingProxy();
    const manager = await openVaultThrough(
      create(proxy.url),
      vaultEnv(stub.address, tokenEnv(plantedText())),
    );
    expect((await manager.get("a"))?.value).toEqual(value);
    expect(proxy.tunnels > 0).toBe(name.includes("ProxyAgent"));
  });

  test("that is closed fails calls as what it is", async () => {
    const stub = await stubbedVault();
    const agent = new Agent();
    const manager = await openVaultThrough(agent, vaultEnv(stub.address, tokenEnv(plantedText())));
    await agent.close();
    for (const call of [() => manager.get("a"), () => manager.create("a", { token: plantedText() })]) {
      const error = await failure(call());
      expect([error.code, error.reason, error.retryable]).toEqual([
        "INVALID_CONFIGURATION",
        "DISPATCHER_CLOSED",
        false,
      ]);
      expect(error.message).toContain("`dispatcher`");
    }
  });

  test.each([403, 407])(
    "whose proxy answers %i stops the start with what the proxy refuses",
    async (status) => {
      const error = await failure(openVaultThrough(await proxyThatAnswers(status), env));
      expect([error.code, error.reason, error.retryable]).toEqual([
        "INVALID_CONFIGURATION",
        "PROXY_REFUSED",
        false,
      ]);
      expect(error.message).toContain(`HTTP ${status}`);
      expect(error.message).toContain(status === 407 ? "credentials" : "Allow the host");
      expect(error.message).not.toContain("certificate");
    },
  );

  test.each([502, 503])(
    "whose proxy answers %i fails calls until the proxy reaches Vault",
    async (status) => {
      const logger = recordedLogger();
      const manager = await openVaultThrough(await proxyThatAnswers(status), env, { logger });
      expect(logger.warnings[0]?.message).toContain(`HTTP ${status}`);
      const error = await failure(manager.get("a"));
      expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "PROXY_FAILED", true]);
      expect(error.message).not.toContain("certificate");
    },
  );
});
