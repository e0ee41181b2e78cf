import { plantedText } from "@archestra/test-harness/planted-values";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { describe, expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { faultyVault, proxiedEnv } from "../support/faulty-vault.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { managersWithoutVault } from "../support/unreachable-vault.ts";
import { until } from "../support/until.ts";

const value = { token: plantedText() };

describe("a Vault that cannot be reached", () => {
  test("because nothing accepts connections, its name is not known, or each is closed: no change was made, and a repetition can help", async () => {
    const managers = await managersWithoutVault(1_000);
    for (const { manager } of managers) {
      const calls = [() => manager.get("a"), () => manager.create("a", value), () => manager.delete("a")];
      for (const { code, retryable } of await Promise.all(calls.map((call) => failure(call())))) {
        expect(["UNAVAILABLE", "TIMEOUT"]).toContain(code);
        expect(retryable).toBe(true);
      }
    }
  });
});

describeVault("TLS that is refused: nothing was sent, and repeating does not help", () => {
  test("the certificate is of an authority that is not known", async () => {
    const server = await vaultOfTest({ tls: {} });
    const startedAt = performance.now();
    const error = await failure(openVault(vaultEnv(server.address, tokenEnv(server.rootToken))));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "TLS", false]);
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_CACERT");
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  test("the certificate does not hold the name", async () => {
    const server = await vaultOfTest({ tls: { serverNames: ["vault.example"] } });
    const env = { ARCHESTRA_HASHICORP_VAULT_CACERT: server.tls?.authority, ...tokenEnv(server.rootToken) };
    const error = await failure(openVault(vaultEnv(server.address, env)));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "TLS", false]);
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME");
  });

  test("the server speaks plain HTTP", async () => {
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
    expect((await failure(manager.get("a"))).retryable).toBe(true);
    await proxy.heal();
    await until("it serves", () =>
      manager.set("a", value).then(
        () => true,
        () => false,
      ),
    );
    expect((await manager.get("a"))?.value).toEqual(value);
  });
});

describeVault("a server that hangs", () => {
  test("costs a call no more than its deadline, and the next call after it has thawed succeeds", async () => {
    const { server, manager, store } = await faultyVault({ timeout: 3_000 });
    await store.put("a", { token: "old" });
    await manager.get("a");
    await server.freeze();
    const startedAt = performance.now();
    const calls = [() => manager.get("a"), () => manager.has("a"), () => manager.update("a", value)];
    for (const { code } of await Promise.all(calls.map((call) => failure(call()))))
      expect(code).toBe("TIMEOUT");
    expect((await failure(manager.create("b", value))).code).toBe("OUTCOME_UNKNOWN");
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    await server.thaw();
    expect((await manager.get("a"))?.value).toEqual({ token: "old" });
    // What had left is carried out when the server wakes, unless it hears first that its client is gone.
    expect([undefined, value]).toContainEqual((await manager.get("b"))?.value);
  });
});

describeVault("a connection that has gone stale between two calls", () => {
  test.for([1, 2] as const)(
    "is replaced, on KV %i, when the server was restarted on the same port",
    async (kv) => {
      const { server, manager, store } = await faultyVault({
        kv,
        timeout: 5_000,
        vault: { storage: "persistent" },
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

  test("is replaced when a device on the way has dropped it silently", async () => {
    const { proxy, manager } = await faultyVault({ timeout: 3_000 });
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
  /** Two servers, of which the proxy leads to the first, and forty connections to that one. */
  async function failover() {
    const faulty = await faultyVault({ timeout: 5_000 });
    const successor = await vaultOfTest({ rootToken: faulty.server.rootToken });
    await successor.mountKv("secret", 2);
    await faulty.store.put("a", { token: "of the dead one" });
    await successor.request("POST", faulty.store.path("a"), { data: value });
    const readMany = () =>
      Promise.all(
        Array.from({ length: 40 }, () =>
          faulty.manager.get("a").then(
            (secret) => secret?.value.token,
            (error) => error.code as string,
          ),
        ),
      );
    await readMany();
    return { ...faulty, successor, readMany };
  }

  test("leads to the new server when the old connections are reset: no call fails", async () => {
    const { proxy, successor, readMany } = await failover();
    proxy.target = successor.port;
    proxy.drop();
    expect(new Set(await readMany())).toEqual(new Set([value.token]));
  });

  test("is discarded when the old connections are silent: the calls that used them fail, and no more", async () => {
    const { proxy, server, successor, readMany } = await failover();
    await server.freeze();
    proxy.target = successor.port;
    expect(await readMany()).toContain("TIMEOUT");
    expect(new Set(await readMany())).toEqual(new Set([value.token]));
  });
});
