import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test, vi } from "vitest";
import { proxiedEnv } from "../support/faulty-vault.ts";
import { openVault, tokenEnv } from "../support/open-vault.ts";

const SECOND = 1_000;

describeVault("a connection", () => {
  test("serves for five minutes, after which the name in the address is looked up again", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(() => proxy.stop());
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const manager = await openVault(proxiedEnv(proxy, tokenEnv(server.rootToken)));
    await manager.set("a", { value: 1 });
    const atFirst = proxy.connections;
    // Idle for a minute, it would be closed.
    for (let step = 1; step <= 5; step++) {
      vi.advanceTimersByTime(50 * SECOND);
      await manager.get("a");
    }
    expect(proxy.connections).toBe(atFirst);
    vi.advanceTimersByTime(50 * SECOND);
    expect((await manager.get("a"))?.value).toEqual({ value: 1 });
    expect(proxy.connections).toBe(atFirst + 1);
  });
});
