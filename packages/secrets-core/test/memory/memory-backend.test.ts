import { describe, expect, test } from "vitest";
import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { context, memoryBackend } from "../support/memory-backend.ts";
import { openMemory } from "../support/open-manager.ts";

describe("a secret that another manager owns", () => {
  async function shared() {
    const store = new MemoryStore();
    store.insert("theirs", { manager: "VAULT", state: "active" }, undefined);
    const manager = await openMemory(store);
    await manager.create("own", plantedValue());
    return { store, manager };
  }

  test("is not read, found, listed or counted", async () => {
    const { manager } = await shared();

    expect(await manager.get("theirs")).toBeUndefined();
    expect(await manager.has("theirs")).toBe(false);
    expect((await manager.getMany(["theirs"])).get("theirs")).toEqual({ status: "absent" });
    expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["own"]);
    expect(await Array.fromAsync(manager.list({ limit: 1 }), ({ name }) => name)).toEqual(["own"]);
    expect(await manager.check({ count: true })).toMatchObject({ count: 1, unlistedCount: 0 });
  });

  test("keeps its name: create and set are ALREADY_EXISTS with the reason, and the row stays", async () => {
    const { manager, store } = await shared();
    const row = store.find("theirs");

    for (const call of [manager.create("theirs", plantedValue()), manager.set("theirs", plantedValue())]) {
      const error = await failure(call);
      expect(error).toMatchObject({ code: "ALREADY_EXISTS", reason: "OTHER_MANAGER" });
      expect(error.message).toContain("VAULT");
    }
    expect(store.find("theirs")).toBe(row);
  });

  test("is not deleted", async () => {
    const { manager, store } = await shared();

    expect(await manager.delete("theirs")).toBe(false);
    expect(store.find("theirs")).toBeDefined();
  });
});

describe("a secret of one's own between two states", () => {
  test.each(["pending", "deleting"] as const)("reads as absent while it is %s", async (state) => {
    const store = new MemoryStore();
    store.insert("a", { manager: "MEMORY", state, operationId: "1" }, plantedValue());
    const manager = await openMemory(store);

    expect(await manager.get("a")).toBeUndefined();
    expect(await manager.has("a")).toBe(false);
    expect(await Array.fromAsync(manager.list())).toEqual([]);
  });

  test("is there while it is moving", async () => {
    const store = new MemoryStore();
    const value = plantedValue();
    store.insert("a", { manager: "MEMORY", state: "moving", operationId: "1" }, value);
    const manager = await openMemory(store);

    expect((await manager.get("a"))?.value).toEqual(value);
    expect(await manager.has("a")).toBe(true);
    expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["a"]);
  });
});

describe("the memory plugin", () => {
  test("starts with an empty store each time, unless it is given one", async () => {
    const first = await openMemory();
    await first.create("a", plantedValue());
    expect(await (await openMemory()).has("a")).toBe(false);

    const store = new MemoryStore();
    await (await openMemory(store)).create("a", plantedValue());
    expect(await (await openMemory(store)).has("a")).toBe(true);
  });

  test("keeps the store when the manager closes", async () => {
    const store = new MemoryStore();
    const manager = await openMemory(store);
    await manager.create("a", plantedValue());
    await manager.close();

    expect(store.rows.map(({ name }) => name)).toEqual(["a"]);
  });

  test("takes no other option", () => {
    expect(() => memoryPlugin({ stor: new MemoryStore() } as never)).toThrow(TypeError);
  });

  test("declares what it can do, and keeps to the contract without a manager before it", async () => {
    const { backend } = await memoryBackend();
    expect(backend.capabilities).toEqual({ versions: true, conditionalWrites: true, list: true });

    await expect(backend.write("a", plantedValue(), { expect: "present" }, context)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(
      backend.write("a", plantedValue(), { expect: { version: "x" } }, context),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    const info = await backend.write("a", plantedValue(), { expect: "any" }, context);
    await expect(backend.write("a", plantedValue(), { expect: "absent" }, context)).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
    });
    await expect(backend.delete("a", { expect: { version: "x" } }, context)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    expect(await backend.delete("a", { expect: { version: info.version ?? "" } }, context)).toBe(true);
  });

  test("lists a snapshot's names once, although secrets come and go meanwhile", async () => {
    const manager = await openMemory();
    for (const name of ["a", "b", "c"]) await manager.create(name, plantedValue());
    const seen: string[] = [];

    for await (const { name } of manager.list()) {
      seen.push(name);
      if (name === "a") {
        await manager.delete("b");
        await manager.set("c", plantedValue());
      }
    }

    expect(seen).toEqual(["a", "c"]);
  });
});
