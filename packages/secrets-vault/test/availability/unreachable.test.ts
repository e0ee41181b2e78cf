import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { startCuttingProxy } from "../../../../tools/test-servers/cutting-proxy.ts";
import { describeVault, vaultOfTest } from "../../../../tools/test-servers/vault-tests.ts";
import { plantedText } from "../../../../tools/testing/planted-values.ts";
import { failure } from "../support/failure.ts";
import { faultyVault, proxiedEnv } from "../support/faulty-vault.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

const value = { token: plantedText() };

/** A manager that started without Vault: how it fails, at its start and later. */
async function openWithout(address: string, more = {}) {
  const logger = recordedLogger();
  const env = vaultEnv(address, { ...tokenEnv(plantedText()), ...more });
  const manager = await openVault(env, { timeout: 2_000, logger });
  return { manager, codes: logger.warnings.map(({ fields }) => fields.code) };
}

describe("a Vault that cannot be reached: a change was not made, and may be repeated later", () => {
  test("nothing accepts connections", async () => {
    const { manager, codes } = await openWithout("http://127.0.0.1:1");
    expect(codes).toContain("ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START");
    for (const call of [manager.get("a"), manager.create("a", value), manager.delete("a")].map(failure)) {
      const { code, reason, retryable } = await call;
      expect([code, reason, retryable]).toEqual(["UNAVAILABLE", "UNREACHABLE", true]);
    }
  });

  test("its name is not known", async () => {
    const { manager } = await openWithout("http://vault.invalid:8200", {});
    const { code, reason, retryable, message } = await failure(manager.create("a", value));
    expect([code, reason, retryable]).toEqual(["UNAVAILABLE", "UNREACHABLE", true]);
    expect(message).toContain("ARCHESTRA_HASHICORP_VAULT_ADDR");
  });

  test("it closes each connection at once", async () => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const { manager } = await openWithout(`http://127.0.0.1:${port}`);
    const { code, retryable } = await failure(manager.get("a"));
    expect([code, retryable]).toEqual(["UNAVAILABLE", true]);
  });
});

describeVault("TLS that is refused: nothing was sent, and repeating does not help", () => {
  test("the certificate is of an authority that is not known", async () => {
    const server = await vaultOfTest({ tls: {} });
    const error = await failure(openVault(vaultEnv(server.address, tokenEnv(server.rootToken))));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "TLS", false]);
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_CACERT");
  });

  test("the certificate does not hold the name", async () => {
    const server = await vaultOfTest({ tls: { serverNames: ["vault.example"] } });
    const env = { ARCHESTRA_HASHICORP_VAULT_CACERT: server.tls?.authority, ...tokenEnv(server.rootToken) };
    const error = await failure(openVault(vaultEnv(server.address, env)));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "TLS", false]);
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME");
  });

  test("a client certificate is asked for and none is set", async () => {
    const server = await vaultOfTest({ tls: { requireClientCertificate: true } });
    const env = { ARCHESTRA_HASHICORP_VAULT_CACERT: server.tls?.authority, ...tokenEnv(server.rootToken) };
    const error = await failure(openVault(vaultEnv(server.address, env)));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "TLS", false]);
  });

  test("the server talks plain HTTP", async () => {
    const server = await vaultOfTest();
    const address = server.address.replace("http:", "https:");
    const error = await failure(openVault(vaultEnv(address, tokenEnv(server.rootToken))));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "TLS", false]);
  });
});

describeVault("a Vault that starts to serve after the manager has opened", () => {
  test("is used by the next calls, without a restart", async () => {
    const server = await vaultOfTest({ rootToken: plantedText() });
    await server.mountKv("secret", 2);
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(() => proxy.stop());
    await proxy.refuse();
    const manager = await openVault(proxiedEnv(proxy, tokenEnv(server.rootToken)), {
      timeout: 2_000,
      logger: recordedLogger(),
    });
    expect((await failure(manager.get("a"))).code).toBe("UNAVAILABLE");
    await proxy.heal();
    await until("it serves", () =>
      manager.create("a", value).then(
        () => true,
        () => false,
      ),
    );
    expect((await manager.get("a"))?.value).toEqual(value);
  });
});

describeVault("a server that hangs", () => {
  test("costs a call no more than its deadline, and the next call after it has thawed succeeds", async () => {
    const { server, manager, store } = await faultyVault({ timeout: 1_000 });
    await store.put("a", { token: "old" });
    await manager.get("a");
    server.freeze();
    const startedAt = performance.now();
    const calls = [manager.get("a"), manager.has("a"), manager.update("a", value)].map(failure);
    for (const call of calls) expect((await call).code).toBe("TIMEOUT");
    expect((await failure(manager.create("b", value))).code).toBe("OUTCOME_UNKNOWN");
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    server.thaw();
    expect((await manager.get("a"))?.value).toEqual({ token: "old" });
    // What had left was carried out when the server woke: that is why nobody was told that it was not.
    await until("b is there", async () => (await manager.get("b")) !== undefined);
  });
});

describeVault("a connection that has gone stale between two calls", () => {
  test.for([1, 2] as const)(
    "is replaced, on KV %i, when the server was restarted on the same port",
    async (kv) => {
      const { server, manager, store } = await faultyVault({
        kv,
        timeout: 5_000,
        vault: { storage: "file" },
      });
      await manager.set("a", { token: "old" });
      await server.restart("SIGKILL");
      expect((await manager.get("a"))?.value).toEqual({ token: "old" });
      await server.restart();
      await manager.set("a", value);
      expect(await store.value("a")).toEqual(value);
      await server.restart("SIGKILL");
      expect([await manager.delete("a"), await store.value("a")]).toEqual([true, undefined]);
    },
  );

  test("is replaced when what lay between has dropped it silently", async () => {
    const { proxy, manager } = await faultyVault({ timeout: 1_000 });
    await manager.create("a", value);
    // As a firewall does: the connection stays, and nothing comes through.
    const connections = proxy.connections;
    proxy.hang();
    expect((await failure(manager.get("a"))).code).toBe("TIMEOUT");
    proxy.drop();
    await proxy.heal();
    expect((await manager.get("a"))?.value).toEqual(value);
    expect(proxy.connections).toBeGreaterThan(connections);
  });
});

describeVault("a pool of connections after a failover", () => {
  test("leads to the new server, though all its connections were to the dead one", async () => {
    const { proxy, manager, server } = await faultyVault({ timeout: 2_000 });
    const successor = await vaultOfTest({ rootToken: server.rootToken });
    await successor.mountKv("secret", 2);
    const path = "secret/data/archestra/a";
    await successor.request("POST", path, { data: value });
    await server.request("POST", path, { data: { token: "of the dead one" } });
    await Promise.all(Array.from({ length: 40 }, () => manager.get("a")));
    server.freeze();
    proxy.target = successor.port;
    // Each of the old connections leads to the dead server; those that a call met are given up one by one or together.
    let failed = 0;
    const startedAt = performance.now();
    for (let isServed = false; !isServed && performance.now() - startedAt < 20_000; ) {
      const answer = await manager.get("a").catch(() => undefined);
      if (answer === undefined) failed++;
      isServed = answer?.value.token === value.token;
    }
    console.log(`served after ${Math.round(performance.now() - startedAt)} ms and ${failed} failed calls`);
    expect(failed).toBeLessThanOrEqual(3);
    await Promise.all(Array.from({ length: 40 }, () => manager.get("a")));
  });
});
