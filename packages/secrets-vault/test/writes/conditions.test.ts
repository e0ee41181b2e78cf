import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { faultyVault } from "../support/faulty-vault.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const value = { token: plantedText() };

describeVault("a condition of a write on KV 2", () => {
  test("a stale version conflicts after a deletion and another creation, although the counter is the same", async () => {
    const { manager, store } = await faultyVault();
    const stale = (await manager.create("a", { token: "old" })).version ?? "";
    await manager.delete("a");
    const fresh = (await manager.create("a", value)).version ?? "";
    expect([stale.split("@")[0], fresh.split("@")[0]]).toEqual(["VAULT:1", "VAULT:1"]);
    expect((await failure(manager.update("a", { token: "new" }, { ifVersion: stale }))).code).toBe(
      "CONFLICT",
    );
    expect((await failure(manager.delete("a", { ifVersion: stale }))).code).toBe("CONFLICT");
    expect(await store.value("a")).toEqual(value);
    expect(await manager.delete("a", { ifVersion: fresh })).toBe(true);
  });

  test("is sent with every write, so that a mount that requires it takes them all", async () => {
    const server = await vaultOfTest({ rootToken: plantedText() });
    await server.mountKv("secret", 2, { casRequired: true });
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
    await manager.create("a", { n: 1 });
    await manager.set("a", { n: 2 });
    await manager.set("b", { n: 1 });
    await manager.update("a", { n: 3 });
    const { version = "" } = await manager.update("a", ({ n }) => ({ n: Number(n) + 1 }));
    await manager.update("a", { n: 5 }, { ifVersion: version });
    expect((await manager.get("a"))?.value).toEqual({ n: 5 });
    expect([await manager.delete("a"), await manager.delete("b")]).toEqual([true, true]);
  });

  test("lets one of many who write at the same time win, and the others retry with the new value: no increment is lost", async () => {
    const { server, manager } = await faultyVault();
    const others = await Promise.all(
      [1, 2].map(() => openVault(vaultEnv(server.address, tokenEnv(server.rootToken)))),
    );
    await manager.create("a", { count: 0 });
    const increment = (each: typeof manager) =>
      each.update("a", ({ count }) => ({ count: Number(count) + 1 }));
    await Promise.all([manager, ...others].flatMap((each) => [1, 2, 3, 4].map(() => increment(each))));
    expect((await manager.get("a"))?.value).toEqual({ count: 12 });
  });
});

// Another process deletes the secret between the read and the write: a race that a stub makes certain.
test("update() under a version is NOT_FOUND when the secret was deleted before the write (stub)", async () => {
  const stub = await stubbedVault();
  const manager = await openOnStub(stub);
  const path = "/v1/secret/data/archestra/a";
  const metadata = {
    version: 1,
    created_time: "2026-01-02T03:04:05.6Z",
    deletion_time: "",
    destroyed: false,
  };
  const there = { status: 200, body: { data: { data: value, metadata } } };
  stub.script("GET", path, there, there, { status: 404, body: { errors: [] } });
  const mismatch = "check-and-set parameter did not match the current version";
  stub.script("POST", path, { status: 400, body: { errors: [mismatch] } });
  const ifVersion = String((await manager.get("a"))?.version);
  expect((await failure(manager.update("a", { token: "new" }, { ifVersion }))).code).toBe("NOT_FOUND");
});
