import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setTimeout as sleep } from "node:timers/promises";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

const FOLDERS = 1_000;
const ABORTED_AFTER = 20;
/** Requests that were past the last read of the signal. */
const ON_THEIR_WAY = 3;

/** Calls back for every request that undici makes in this process. */
function onRequest(act: () => void): Disposable {
  subscribe("undici:request:create", act);
  return { [Symbol.dispose]: () => unsubscribe("undici:request:create", act) };
}

describeVault("a call that is aborted while it walks 1,000 folders", () => {
  test.each([1, 2] as const)("sends Vault no further request on KV %i", async (kv) => {
    const server = await vaultOfTest();
    await server.mountKv("secret", kv);
    const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
    const manager = await openVault(vaultEnv(server.address, env));
    const names = Array.from({ length: FOLDERS }, (_, index) => `folder-${index}/name`).values();
    const createNext = async () => {
      for (const name of names) await manager.create(name, { name });
    };
    await Promise.all(Array.from({ length: 32 }, createNext));

    for (const call of [
      (signal: AbortSignal) => manager.check({ count: true, signal }),
      (signal: AbortSignal) => Array.fromAsync(manager.list({ signal })),
    ]) {
      const controller = new AbortController();
      let requests = 0;
      using _requests = onRequest(() => {
        if (++requests === ABORTED_AFTER) controller.abort();
      });

      expect((await failure(call(controller.signal))).code).toBe("ABORTED");
      await sleep(500);

      expect(requests).toBeGreaterThanOrEqual(ABORTED_AFTER);
      expect(requests).toBeLessThanOrEqual(ABORTED_AFTER + ON_THEIR_WAY);
    }
  });
});
