import { setTimeout as sleep } from "node:timers/promises";
import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { faultyVault } from "../support/faulty-vault.ts";

const value = { token: plantedText() };

/** Ways in which callers stop waiting for answers that the proxy holds. Times are in milliseconds. */
const endings = [
  { ending: "their callers abort", timeout: 25_000, abortsAfter: 0 },
  // A request that takes longer than most is watched in another way.
  { ending: "their callers abort after a while", timeout: 25_000, abortsAfter: 200 },
  // Not so late that the request is given up on before.
  { ending: "the deadline passes", timeout: 12_000, abortsAfter: undefined },
] as const;

describeVault("changes that Vault made and whose answers do not come", () => {
  describe.each(endings)("until $ending", ({ timeout, abortsAfter }) => {
    test.for([1, 2] as const)("on KV %i are found out to have been made, save for a creation", async (kv) => {
      const { proxy, manager, store } = await faultyVault({ kv, timeout });
      for (const name of ["set", "update", "delete"]) await store.put(name, { token: "old" });
      const writes = ["set", "update", "create"].map((name) => `POST /v1/${store.path(name)} `);
      proxy.cutAt([...writes, `DELETE /v1/${store.entryPath("delete")} `], "held", 4);
      const controller = new AbortController();
      const options = abortsAfter === undefined ? {} : { signal: controller.signal };
      const outcomes = Promise.allSettled([
        manager.set("set", value, options),
        manager.update("update", value, options),
        manager.create("create", value, options),
        manager.delete("delete", options),
      ]);
      while (proxy.cuts < 4) await proxy.nextCut();
      if (abortsAfter !== undefined) {
        await sleep(abortsAfter);
        controller.abort();
      }
      expect(await outcomes).toMatchObject([
        { value: { name: "set" } },
        { value: { name: "update" } },
        // A secret of the same value, written by another process, would be the same.
        { reason: { code: "OUTCOME_UNKNOWN" } },
        { value: true },
      ]);
      for (const name of ["set", "update", "create"]) expect(await store.value(name)).toEqual(value);
      expect(await store.value("delete")).toBeUndefined();
    });
  });
});

describeVault("a change that hangs on its way to Vault", () => {
  describe.each([
    { ending: "the caller aborts", aborts: true },
    { ending: "the deadline passes", aborts: false },
  ])("until $ending", ({ aborts }) => {
    test.for([1, 2] as const)(
      "while KV %i is still read: nothing was changed, and its caller receives why it ended",
      async (kv) => {
        const { proxy, manager, store } = await faultyVault({ kv, timeout: 5_000 });
        await manager.get("a");
        proxy.hang();
        const controller = new AbortController();
        const call = manager.update("a", value, aborts ? { signal: controller.signal } : {});
        call.catch(() => undefined);
        if (aborts) setTimeout(() => controller.abort(), 100);
        expect((await failure(call)).code).toBe(aborts ? "ABORTED" : "TIMEOUT");
        await proxy.heal();
        expect(await store.value("a")).toBeUndefined();
      },
    );

    test("create on KV 2 has left, so that it may still happen", async () => {
      const { proxy, manager } = await faultyVault({ timeout: 6_000 });
      await manager.get("a");
      proxy.hang();
      const controller = new AbortController();
      const call = manager.create("a", value, aborts ? { signal: controller.signal } : {});
      call.catch(() => undefined);
      // Long enough for the request to be on its way.
      if (aborts) setTimeout(() => controller.abort(), 3_000);
      expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
    });
  });

  test("is not sent when its caller has aborted before", async () => {
    const { manager, store } = await faultyVault();
    const { code } = await failure(manager.create("a", value, { signal: AbortSignal.abort() }));
    expect([code, await store.counter("a")]).toEqual(["ABORTED", 0]);
  });
});

describeVault("a change that waits for a connection, since all are busy", () => {
  test("is answered with ABORTED when its caller aborts, and does not leave when there is a connection", async () => {
    const { proxy, manager, store } = await faultyVault({ timeout: 5_000 });
    await manager.get("a");
    proxy.hang();
    // More than there are connections.
    const reads = Array.from({ length: 80 }, () => manager.get("a").catch(() => undefined));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const call = manager.create("b", value, { signal: controller.signal });
    expect((await failure(call)).code).toBe("ABORTED");
    await proxy.heal();
    await Promise.all(reads);
    await manager.create("c", value);
    expect([await store.counter("b"), await store.counter("c")]).toEqual([0, 1]);
  });
});
