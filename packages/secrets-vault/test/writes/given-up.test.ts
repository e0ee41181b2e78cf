import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { describeVault } from "../../../../tools/test-servers/vault-tests.ts";
import { plantedText } from "../../../../tools/testing/planted-values.ts";
import { failure } from "../support/failure.ts";
import { changeOf, type FaultyVault, faultyVault } from "../support/faulty-vault.ts";

const value = { token: plantedText() };

/** Ways in which a caller stops waiting for an answer that the proxy holds. `abortsAfter` is in milliseconds. */
const endings = [
  { ending: "the caller aborts", abortsAfter: 0 },
  // A request that takes longer than most is watched in another way.
  { ending: "the caller aborts after a while", abortsAfter: 200 },
  { ending: "the deadline passes", abortsAfter: undefined },
] as const;

/** Makes a change whose answer the proxy holds, until its caller stops waiting. */
async function giveUpHeld<Result>(
  { proxy }: FaultyVault,
  text: string,
  abortsAfter: number | undefined,
  call: (options: { signal?: AbortSignal }) => Promise<Result>,
): Promise<Result> {
  proxy.cutAt(text, "held");
  const held = proxy.nextCut();
  const controller = new AbortController();
  const result = call(abortsAfter === undefined ? {} : { signal: controller.signal });
  result.catch(() => undefined);
  await held;
  if (abortsAfter !== undefined) {
    await sleep(abortsAfter);
    controller.abort();
  }
  return result;
}

describeVault("a change that Vault made and whose answer does not come", () => {
  describe.each(endings)("until $ending", ({ abortsAfter }) => {
    for (const kv of [1, 2] as const) {
      test.for(["set", "update"] as const)(`%s on KV ${kv} is found out to have been made`, async (kind) => {
        const faulty = await faultyVault({ kv, timeout: 5_000 });
        await faulty.store.put("a", { token: "old" });
        await giveUpHeld(faulty, changeOf.write, abortsAfter, (options) =>
          faulty.manager[kind]("a", value, options),
        );
        expect(await faulty.store.value("a")).toEqual(value);
      });

      test(`create on KV ${kv} is not known to have been made`, async () => {
        const faulty = await faultyVault({ kv, timeout: 5_000 });
        const call = giveUpHeld(faulty, changeOf.write, abortsAfter, (options) =>
          faulty.manager.create("a", value, options),
        );
        expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
        expect(await faulty.store.value("a")).toEqual(value);
      });

      test(`delete on KV ${kv} is found out to have been made`, async () => {
        const faulty = await faultyVault({ kv, timeout: 5_000 });
        await faulty.store.put("a", value);
        const gone = await giveUpHeld(faulty, changeOf.delete, abortsAfter, (options) =>
          faulty.manager.delete("a", options),
        );
        expect([gone, await faulty.store.value("a")]).toEqual([true, undefined]);
      });
    }
  });
});

describeVault("a change that hangs on its way to Vault", () => {
  describe.each([
    { ending: "the caller aborts", aborts: true },
    { ending: "the deadline passes", aborts: false },
  ])("until $ending", ({ aborts }) => {
    test.for([1, 2] as const)(
      "while KV %i is still asked what is there: nothing was changed, and its caller is told why it ended",
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
