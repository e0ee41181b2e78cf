import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/memory.ts";
import { type SecretsBackend, SecretsError } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

const count = (current: { readonly [key: string]: unknown }) => ({ n: Number(current.n) + 1 });

describe("update with a value", () => {
  test("replaces the whole value", async () => {
    const manager = await openMemory();
    const { version } = await manager.create("a", { ...plantedValue(), extra: true });
    const value = plantedValue();

    const info = await manager.update("a", value);

    expect(info.version).not.toBe(version);
    expect(await manager.get("a")).toMatchObject({ value, version: info.version });
  });

  test("of a missing secret is NOT_FOUND, and creates nothing", async () => {
    const manager = await openMemory();

    expect(await failure(manager.update("a", plantedValue()))).toMatchObject({
      code: "NOT_FOUND",
      operation: "update",
      secretName: "a",
    });
    expect(await manager.has("a")).toBe(false);
  });
});

describe("update with a function", () => {
  test("gives it the current value, frozen, and keeps what it returns", async () => {
    const manager = await openMemory();
    const value = plantedValue();
    await manager.create("a", value);

    await manager.update("a", (current) => {
      expect(current).toEqual(value);
      expect(Object.isFrozen(current)).toBe(true);
      return { ...current, added: 1 };
    });

    expect((await manager.get("a"))?.value).toEqual({ ...value, added: 1 });
  });

  test("may be asynchronous", async () => {
    const manager = await openMemory();
    await manager.create("a", { n: 1 });

    await manager.update("a", async (current) => count(current));

    expect((await manager.get("a"))?.value).toEqual({ n: 2 });
  });

  test("of a missing secret is NOT_FOUND, and the function is not called", async () => {
    const manager = await openMemory();
    expect((await failure(manager.update("a", () => expect.unreachable()))).code).toBe("NOT_FOUND");
  });

  test("that throws fails the call with its own error, unchanged, and nothing is written", async () => {
    const manager = await openMemory();
    const { version } = await manager.create("a", plantedValue());
    const error = new RangeError("mine");

    await expect(
      manager.update("a", () => {
        throw error;
      }),
    ).rejects.toBe(error);
    await expect(manager.update("a", () => Promise.reject("a string"))).rejects.toBe("a string");

    expect((await manager.get("a"))?.version).toBe(version);
  });

  test("update() runs the function again with the new value after a concurrent write", async () => {
    const store = new MemoryStore();
    const [mine, other] = [await openMemory(store), await openMemory(store)];
    await mine.create("a", { n: 0 });
    const seen: unknown[] = [];

    await mine.update("a", async (current) => {
      seen.push(current.n);
      if (seen.length <= 3) await other.update("a", count);
      return count(current);
    });

    expect(seen).toEqual([0, 1, 2, 3]);
    expect((await mine.get("a"))?.value).toEqual({ n: 4 });
  });

  test("is NOT_FOUND when another process deleted the secret meanwhile", async () => {
    const store = new MemoryStore();
    const [mine, other] = [await openMemory(store), await openMemory(store)];
    await mine.create("a", { n: 0 });

    const call = mine.update("a", async (current) => {
      await other.delete("a");
      return count(current);
    });

    expect((await failure(call)).code).toBe("NOT_FOUND");
    expect(await mine.has("a")).toBe(false);
  });

  test("update() does not overwrite a secret that was deleted and recreated concurrently without reading it", async () => {
    const store = new MemoryStore();
    const [mine, other] = [await openMemory(store), await openMemory(store)];
    await mine.create("a", { n: 0 });
    let calls = 0;

    await mine.update("a", async (current) => {
      if (calls++ === 0) {
        await other.delete("a");
        await other.create("a", { n: 100 });
      }
      return count(current);
    });

    expect((await mine.get("a"))?.value).toEqual({ n: 101 });
  });

  test("loses no increment among many managers and many callers", async () => {
    const store = new MemoryStore();
    const managers = await Promise.all(Array.from({ length: 4 }, () => openMemory(store)));
    await managers[0]?.create("a", { n: 0 });
    const slowly = async (current: { readonly [key: string]: unknown }) => {
      await new Promise((resolve) => setImmediate(resolve));
      return count(current);
    };

    await Promise.all(
      managers.flatMap((manager) => Array.from({ length: 10 }, () => manager.update("a", slowly))),
    );

    expect((await managers[0]?.get("a"))?.value).toEqual({ n: 40 });
  });

  test("runs one at a time for one name, in the order of the calls, and side by side for others", async () => {
    const manager = await openMemory();
    await manager.create("a", { n: 0 });
    await manager.create("b", { n: 0 });
    const events: string[] = [];
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();

    const first = manager.update("a", async (current) => {
      events.push("first begins");
      started.resolve();
      await gate.promise;
      events.push("first ends");
      return count(current);
    });
    const second = manager.update("a", (current) => {
      events.push("second");
      return count(current);
    });
    await started.promise;
    await manager.update("b", count);
    events.push("b is done");
    gate.resolve();
    await Promise.all([first, second]);

    expect(events).toEqual(["first begins", "b is done", "first ends", "second"]);
    expect((await manager.get("a"))?.value).toEqual({ n: 2 });
  });

  test("update() runs the next caller's function after one failed", async () => {
    const manager = await openMemory();
    await manager.create("a", { n: 0 });

    const outcomes = await Promise.allSettled([
      manager.update("a", () => Promise.reject(new Error("mine"))),
      manager.update("a", count),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect((await manager.get("a"))?.value).toEqual({ n: 1 });
  });

  test.each<[string, () => unknown, Partial<SecretsBackend>]>([
    ["a SecretsError", () => new SecretsError("CONFLICT", "Changed."), {}],
    ["a native error that classify calls a conflict", () => new Error("412"), { classify: () => "CONFLICT" }],
  ])("is retried on a CONFLICT from %s", async (_how, error, classify) => {
    const conditions: unknown[] = [];
    const manager = await openBackend(
      fakeBackend({
        ...classify,
        get: async (name) => ({ name, version: `v${conditions.length}`, value: { n: conditions.length } }),
        write: async (name, _value, { expect }) => {
          conditions.push(expect);
          if (conditions.length < 3) throw error();
          return { name, version: "last" };
        },
      }),
    );

    expect((await manager.update("a", count)).version).toBe("FAKE:last");
    expect(conditions).toEqual([{ version: "v0" }, { version: "v1" }, { version: "v2" }]);
  });

  test("is not retried after any other failure", async () => {
    let writes = 0;
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => ({ name, version: "1", value: { n: 0 } }),
        write: () => {
          writes++;
          return Promise.reject(new Error(plantedText()));
        },
        classify: () => "UNAVAILABLE",
      }),
    );

    expect((await failure(manager.update("a", count))).code).toBe("UNAVAILABLE");
    expect(writes).toBe(1);
  });

  test("replaces the value without conditional writes, one call after another within the process", async () => {
    let stored = { n: 0 };
    const manager = await openBackend(
      fakeBackend({
        capabilities: { versions: false, conditionalWrites: false, list: true },
        get: async (name) => ({ name, value: stored }),
        write: async (name, value, { expect: condition }) => {
          expect(condition).toBe("present");
          stored = value as { n: number };
          return { name };
        },
      }),
    );

    await Promise.all(Array.from({ length: 10 }, () => manager.update("a", count)));

    expect(stored).toEqual({ n: 10 });
  });
});
