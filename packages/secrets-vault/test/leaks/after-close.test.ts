import { setTimeout as sleep } from "node:timers/promises";
import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { changeOf, faultyVault } from "../support/faulty-vault.ts";

describeVault("a manager that is closed while Vault hangs", () => {
  test("ends within its reserve, reports the true outcome of the change in progress, and connects no more", async () => {
    const { proxy, manager } = await faultyVault({ timeout: 60_000 });
    await manager.get("a");
    proxy.cutAt(changeOf.write, "held");
    const held = proxy.nextCut();
    const call = failure(manager.create("a", { token: plantedText() }));
    await held;
    proxy.hang();
    const startedAt = performance.now();
    await manager.close({ timeout: 0 });
    expect((await call).code).toBe("OUTCOME_UNKNOWN");
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    const { connections } = proxy;
    await proxy.heal();
    await sleep(300);
    expect(proxy.connections).toBe(connections);
  });
});
