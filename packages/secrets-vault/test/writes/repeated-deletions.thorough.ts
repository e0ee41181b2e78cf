import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { changeOf, type FaultyVault, faultyVault, secondManager } from "../support/faulty-vault.ts";

const newer = { token: plantedText() };

/** Breaks the connection at a moment of the deletion, and lets another process act before it can be sent again. */
async function whileLost<Result>(
  { proxy }: FaultyVault,
  moment: "before" | "held",
  call: () => Promise<Result>,
  meanwhile: () => Promise<unknown>,
): Promise<Result> {
  proxy.cutAt(changeOf.delete, moment);
  const cut = proxy.nextCut();
  const result = call();
  result.catch(() => undefined);
  await cut;
  if (moment === "before") proxy.hang();
  await meanwhile();
  if (moment === "before") await proxy.heal();
  else proxy.drop();
  return result;
}

describeVault("a deletion whose answer is lost", () => {
  for (const kv of [1, 2] as const) {
    for (const condition of kv === 1 ? (["any"] as const) : (["any", "a version"] as const)) {
      test(`delete() of ${condition} on KV ${kv} never removes the secret that another process then created`, async () => {
        const faulty = await faultyVault({ kv, timeout: 5_000 });
        const { manager, store, server } = faulty;
        const other = await secondManager(server, kv);
        for (let round = 0; round < 10; round++) {
          const name = `secrets/${round}`;
          await store.put(name, { token: "old" });
          const version = (await manager.get(name))?.version;
          const options = condition === "any" || version === undefined ? {} : { ifVersion: version };
          const call = whileLost(
            faulty,
            "held",
            () => manager.delete(name, options),
            () => other.create(name, newer),
          );
          expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
          expect(await store.value(name)).toEqual(newer);
        }
      });
    }

    test(`delete() on KV ${kv} returns true when the secret is gone`, async () => {
      const faulty = await faultyVault({ kv, timeout: 5_000 });
      await faulty.store.put("a", { token: "old" });
      const call = whileLost(
        faulty,
        "held",
        () => faulty.manager.delete("a"),
        async () => undefined,
      );
      expect([await call, await faulty.store.value("a")]).toEqual([true, undefined]);
    });
  }

  test("delete() on KV 2 is not sent again when it never arrived and another process wrote a version", async () => {
    const faulty = await faultyVault({ timeout: 5_000 });
    const { manager, store } = faulty;
    await store.put("a", { token: "old" });
    const call = whileLost(
      faulty,
      "before",
      () => manager.delete("a"),
      () => store.put("a", newer),
    );
    expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
    expect([await store.value("a"), await store.counter("a")]).toEqual([newer, 2]);
  });

  test("delete() on KV 1 is not sent again when it never arrived, since no version shows which secret is there", async () => {
    const faulty = await faultyVault({ kv: 1, timeout: 5_000 });
    const { proxy, manager, store } = faulty;
    await store.put("a", { token: "old" });
    proxy.cutAt(changeOf.delete, "before");
    expect((await failure(manager.delete("a"))).code).toBe("OUTCOME_UNKNOWN");
    expect(await store.value("a")).toEqual({ token: "old" });
  });

  test("delete() on KV 2 removes what another process deleted softly, when it never arrived", async () => {
    const faulty = await faultyVault({ timeout: 5_000 });
    const { manager, store } = faulty;
    await store.put("a", { token: "old" });
    const call = whileLost(
      faulty,
      "before",
      () => manager.delete("a"),
      () => store.deleteSoftly("a"),
    );
    expect([await call, await store.counter("a")]).toEqual([true, 0]);
  });
});

describeVault("an update on KV 1 whose answer is lost", () => {
  test("update() does not create the secret that another process then deleted", async () => {
    const { proxy, manager, store, server } = await faultyVault({ kv: 1, timeout: 5_000 });
    await store.put("a", { token: "old" });
    proxy.cutAt(changeOf.write, "held");
    const held = proxy.nextCut();
    const call = failure(manager.update("a", newer));
    await held;
    await server.request("DELETE", store.path("a"));
    proxy.drop();
    expect((await call).code).toBe("OUTCOME_UNKNOWN");
    expect(await store.value("a")).toBeUndefined();
  });
});
