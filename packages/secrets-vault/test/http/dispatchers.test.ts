import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import { Agent as Agent5 } from "undici-5";
import { Agent as Agent6 } from "undici-6";
import { describe, expect, onTestFinished, test } from "vitest";
import { plantedText } from "../../../../tools/testing/planted-values.ts";
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

const env = vaultEnv("https://vault.example:8200", tokenEnv(plantedText()));

describe("a dispatcher of the application", () => {
  test.each([
    ["5", () => new Agent5()],
    ["6", () => new Agent6()],
  ])("of undici %s stops the start, which names the version to pass", async (_version, create) => {
    const agent = create();
    onTestFinished(() => agent.close());
    const error = await failure(openVaultThrough(agent as unknown as Dispatcher, env));
    expect([error.code, error.reason, error.retryable]).toEqual([
      "INVALID_CONFIGURATION",
      "DISPATCHER_UNSUPPORTED",
      false,
    ]);
    expect(error.message).toContain("`dispatcher`");
    expect(error.message).toContain("undici 7");
    expect(error.message).not.toContain("certificate");
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
