import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { RawStore } from "../support/faulty-vault.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

async function openDamaged() {
  const server = await vaultOfTest();
  await server.mountKv("secret", 2);
  const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
  const store = new RawStore(server);
  await manager.create("a", { of: "us" });
  await manager.create("b", { of: "us" });
  await store.damage("a");
  return { manager, store };
}

describeVault("a secret whose metadata is there without its value", () => {
  test("fails a read with INTERNAL, never as absent, and the message has the remedy", async () => {
    const { manager } = await openDamaged();
    for (const call of [
      () => manager.get("a"),
      () => manager.has("a"),
      () => manager.create("a", { of: "others" }),
      () => manager.update("a", () => ({ of: "others" })),
    ]) {
      const error = await failure(call());
      expect([error.code, error.reason, error.retryable]).toEqual(["INTERNAL", "DAMAGED_SECRET", false]);
      expect(error.message).toContain("Delete the secret, then create it again");
    }
    const many = await manager.getMany(["a", "b"]);
    expect([many.get("a")?.status, many.get("b")?.status]).toEqual(["failed", "found"]);
  });

  test("is repaired by its deletion", async () => {
    const { manager, store } = await openDamaged();
    expect(await manager.delete("a")).toBe(true);
    expect(await manager.get("a")).toBeUndefined();
    expect(await store.counter("a")).toBe(0);
    await manager.create("a", { of: "us again" });
    expect((await manager.get("a"))?.value).toEqual({ of: "us again" });
  });

  test("is repaired by set()", async () => {
    const { manager } = await openDamaged();
    await manager.set("a", { of: "us again" });
    expect((await manager.get("a"))?.value).toEqual({ of: "us again" });
    expect(await manager.delete("a")).toBe(true);
  });
});
