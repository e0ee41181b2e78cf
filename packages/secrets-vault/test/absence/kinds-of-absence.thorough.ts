import type { SecretsManager } from "@archestra/secrets-core";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { RawStore } from "../support/faulty-vault.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { until } from "../support/until.ts";

async function openKv2(mount: { maxVersions?: number; casRequired?: boolean } = {}) {
  const server = await vaultOfTest();
  await server.mountKv("secret", 2, mount);
  const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
  return { server, manager, store: new RawStore(server) };
}

/** What another program can have done to a secret, after which it has no value. */
const gone: Readonly<Record<string, (server: VaultServer, store: RawStore) => Promise<unknown>>> = {
  "that never was": async () => undefined,
  "that was deleted softly": async (_server, store) => {
    await store.put("a", { of: "another program" });
    await store.deleteSoftly("a");
  },
  "whose latest version was destroyed": async (server, store) => {
    await store.put("a", { of: "another program" });
    await store.put("a", { of: "another program again" });
    await server.request("POST", "secret/destroy/archestra/a", { versions: [2] });
  },
  "of which there is metadata alone": (server) =>
    server.request("POST", "secret/metadata/archestra/a", { custom_metadata: { owner: "another program" } }),
  "whose time of deletion has passed": async (server, store) => {
    await server.request("POST", "secret/metadata/archestra/a", { delete_version_after: "1s" });
    await store.put("a", { of: "another program" });
    await until("the secret is deleted", async () => (await store.value("a")) == null);
    // What is written from now on stays: a version takes its time of deletion when it is written.
    await server.request("POST", "secret/metadata/archestra/a", { delete_version_after: "0s" });
  },
};

describeVault("a secret", () => {
  test.each(Object.entries(gone))(
    "%s is absent to every call, and can be created",
    async (_kind, arrange) => {
      const { server, manager, store } = await openKv2();
      await arrange(server, store);
      await manager.create("b", { of: "us" });
      await expectAbsent(manager);
      const created = await manager.create("a", { of: "us" });
      expect((await manager.get("a"))?.value).toEqual({ of: "us" });
      expect((await manager.get("a"))?.version).toBe(created.version);
      expect(await namesOf(manager)).toEqual(["a", "b"]);
      expect(await manager.check({ count: true })).toMatchObject({ count: 2, unlistedCount: 0 });
    },
  );

  test.each(Object.entries(gone))("%s can be set", async (_kind, arrange) => {
    const { server, manager, store } = await openKv2();
    await arrange(server, store);
    await manager.set("a", { of: "us" });
    expect((await manager.get("a"))?.value).toEqual({ of: "us" });
    expect(await manager.delete("a")).toBe(true);
    expect(await store.counter("a")).toBe(0);
  });

  test.each(Object.entries(gone))(
    "%s is gone altogether after a deletion, which found none",
    async (_kind, arrange) => {
      const { server, manager, store } = await openKv2();
      await arrange(server, store);
      expect(await manager.delete("a")).toBe(false);
      await expectAbsent(manager);
    },
  );

  test("whose older versions are pruned is there, and one of them does not come back", async () => {
    const { manager, store } = await openKv2({ maxVersions: 2 });
    const first = await manager.create("a", { turn: 0 });
    for (let turn = 1; turn < 5; turn++) await manager.set("a", { turn });
    expect((await manager.get("a"))?.value).toEqual({ turn: 4 });
    const error = await failure(manager.update("a", { turn: 5 }, { ifVersion: String(first.version) }));
    expect(error.code).toBe("CONFLICT");
    expect(await store.value("a")).toEqual({ turn: 4 });
  });

  test("that is scheduled for deletion is read, listed and counted", async () => {
    const { server, manager, store } = await openKv2();
    await server.request("POST", "secret/metadata/archestra/a", { delete_version_after: "10m" });
    await store.put("a", { of: "another program" });
    const read = await manager.get("a");
    expect(read?.value).toEqual({ of: "another program" });
    expect(await manager.has("a")).toBe(true);
    const [listed] = await Array.fromAsync(manager.list());
    expect([listed?.name, listed?.version]).toEqual(["a", read?.version]);
    expect(await manager.check({ count: true })).toMatchObject({ count: 1 });
    expect((await failure(manager.create("a", { of: "us" }))).code).toBe("ALREADY_EXISTS");
  });

  test("of an old version that another program undeleted exists again, with its version", async () => {
    const { server, manager, store } = await openKv2();
    const created = await manager.create("a", { of: "us" });
    await store.deleteSoftly("a");
    expect(await manager.get("a")).toBeUndefined();
    await server.request("POST", "secret/undelete/archestra/a", { versions: [1] });
    expect((await manager.get("a"))?.version).toBe(created.version);
  });

  test("on a mount that requires check-and-set is written, updated and deleted", async () => {
    const { manager } = await openKv2({ casRequired: true });
    await manager.create("a", { turn: 0 });
    await manager.set("a", { turn: 1 });
    await manager.update("a", ({ turn }) => ({ turn: Number(turn) + 1 }));
    expect((await manager.get("a"))?.value).toEqual({ turn: 2 });
    expect(await manager.delete("a")).toBe(true);
  });

  test("that was deleted and created again is not changed under a version of its former life", async () => {
    const { manager } = await openKv2();
    const { version } = await manager.create("a", { life: 1 });
    expect(await manager.delete("a")).toBe(true);
    await manager.create("a", { life: 2 });
    const ifVersion = String(version);
    expect((await failure(manager.update("a", { life: 3 }, { ifVersion }))).code).toBe("CONFLICT");
    expect((await failure(manager.delete("a", { ifVersion }))).code).toBe("CONFLICT");
    expect((await manager.get("a"))?.value).toEqual({ life: 2 });
  });

  test("that another program deleted softly and created again is not changed under its old version", async () => {
    const { manager, store } = await openKv2();
    const { version } = await manager.create("a", { life: 1 });
    await store.deleteSoftly("a");
    const ifVersion = String(version);
    expect((await failure(manager.update("a", { life: 3 }, { ifVersion }))).code).toBe("NOT_FOUND");
    await store.put("a", { life: 2 });
    expect((await failure(manager.update("a", { life: 3 }, { ifVersion }))).code).toBe("CONFLICT");
  });
});

async function expectAbsent(manager: SecretsManager): Promise<void> {
  expect(await manager.get("a")).toBeUndefined();
  expect(await manager.has("a")).toBe(false);
  expect((await manager.getMany(["a"])).get("a")?.status).toBe("absent");
  expect((await failure(manager.update("a", { of: "us" }))).code).toBe("NOT_FOUND");
  expect((await failure(manager.update("a", () => ({ of: "us" })))).code).toBe("NOT_FOUND");
  expect(await namesOf(manager)).not.toContain("a");
  const { count } = await manager.check({ count: true });
  expect(count).toBe((await namesOf(manager)).length);
}

function namesOf(manager: SecretsManager): Promise<string[]> {
  return Array.fromAsync(manager.list(), ({ name }) => name);
}
