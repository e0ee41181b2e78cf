import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { faultyVault, proxiedEnv } from "../support/faulty-vault.ts";
import { openVault, tokenEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

describeVault("the health of a Vault that does not answer", () => {
  test("is reported after one repetition, while a call is still retried", async () => {
    const { proxy, manager } = await faultyVault();
    proxy.cutAt("/v1/secret/data/archestra", "before", 100);
    expect(await manager.check()).toMatchObject({
      status: "unavailable",
      problems: [{ code: "UNAVAILABLE", reason: "CONNECTION_LOST" }],
    });
    expect(proxy.cuts).toBe(2);
    expect((await failure(manager.get("a"))).code).toBe("UNAVAILABLE");
    expect(proxy.cuts).toBe(6);
  });

  test("is not affected by one connection that was cut", async () => {
    const { proxy, manager } = await faultyVault();
    proxy.cutAt("/v1/secret/data/archestra", "before");
    expect(await manager.check()).toEqual({ status: "healthy", problems: [] });
    expect(proxy.cuts).toBe(1);
  });

  test("does not wait for the next login, and is healthy again by itself", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(() => proxy.stop());
    proxy.cutAt("/v1/auth/token/lookup-self", "before", Number.POSITIVE_INFINITY);
    const manager = await openVault(proxiedEnv(proxy, tokenEnv(server.rootToken)), {
      logger: recordedLogger(),
    });
    // Attempts of the session come between, the rarer the longer it fails.
    await until("a check was answered without an attempt", async () => {
      const before = proxy.cuts;
      expect(await manager.check()).toMatchObject({
        status: "unavailable",
        problems: [{ code: "UNAVAILABLE", reason: "CONNECTION_LOST" }],
      });
      return proxy.cuts === before;
    });
    await proxy.heal();
    await until("it is healthy", async () => (await manager.check()).status === "healthy");
  });
});
