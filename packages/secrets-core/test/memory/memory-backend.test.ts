import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/memory.ts";
import { plantedValue } from "../planted.ts";
import { openMemory } from "../support/open-manager.ts";

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
