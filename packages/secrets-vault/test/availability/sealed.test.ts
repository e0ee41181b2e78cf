import { setTimeout as sleep } from "node:timers/promises";
import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { faultyVault } from "../support/faulty-vault.ts";
import { TruthfulLoad } from "../support/truthful-load.ts";

describeVault("a Vault that is sealed and unsealed under load", () => {
  test("never reports its secrets as absent, loses no acknowledged write, and serves again without a restart", async () => {
    const { server, manager } = await faultyVault({ timeout: 3_000 });
    const load = await new TruthfulLoad(manager, { text: plantedText() }).begin();
    for (let round = 0; round < 3; round++) {
      await load.recovered();
      await sleep(300);
      await server.seal();
      await sleep(300);
      await server.unseal();
    }
    await load.recovered();
    const { lies, failures, reads, writes } = await load.end();
    console.log(`sealed thrice: ${reads} reads, ${writes} writes, ${JSON.stringify(failures)}`);
    expect(lies).toEqual([]);
  });

  test("answers reads and writes with UNAVAILABLE while it is sealed: nothing was changed", async () => {
    const { server, manager, store } = await faultyVault({ timeout: 10_000 });
    await store.put("a", { token: "old" });
    await server.seal();
    const value = { token: plantedText() };
    for (const call of [
      () => manager.get("a"),
      () => manager.has("a"),
      () => manager.create("b", value),
      () => manager.set("a", value),
      () => manager.update("a", value),
      () => manager.delete("a"),
    ]) {
      const { code, reason, retryable } = await failure(call());
      expect([code, reason, retryable]).toEqual(["UNAVAILABLE", "SEALED", true]);
    }
    expect((await manager.check()).problems).toMatchObject([{ code: "UNAVAILABLE", reason: "SEALED" }]);
    await server.unseal();
    expect([await store.value("a"), await store.counter("a"), await store.counter("b")]).toEqual([
      { token: "old" },
      1,
      0,
    ]);
    expect(await manager.create("b", value)).toMatchObject({ name: "b" });
  });
});
