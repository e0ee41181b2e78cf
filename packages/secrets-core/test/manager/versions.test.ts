import { describe, expect, test } from "vitest";
import type { SecretsManager } from "../../src/index.ts";
import { MemoryStore } from "../../src/memory.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

type Conditional = (manager: SecretsManager, ifVersion: string) => Promise<unknown>;

const updates: [string, Conditional][] = [
  ["update with a value", (manager, ifVersion) => manager.update("a", { changed: true }, { ifVersion })],
  [
    "update with a function",
    (manager, ifVersion) => manager.update("a", () => ({ changed: true }), { ifVersion }),
  ],
];
const deletion: [string, Conditional] = [
  "delete",
  (manager, ifVersion) => manager.delete("a", { ifVersion }),
];
const calls = [...updates, deletion];

async function versionOf(manager: SecretsManager): Promise<string> {
  return (await manager.get("a"))?.version ?? "none";
}

describe("a version", () => {
  test("is the same in the results of create, set, update, get and list", async () => {
    const manager = await openMemory();

    const created = await manager.create("a", plantedValue());
    expect(await versionOf(manager)).toBe(created.version);
    const set = await manager.set("a", plantedValue());
    expect(await versionOf(manager)).toBe(set.version);
    const updated = await manager.update("a", plantedValue());
    expect(await versionOf(manager)).toBe(updated.version);
    expect((await Array.fromAsync(manager.list())).map(({ version }) => version)).toEqual([updated.version]);
    expect(new Set([created.version, set.version, updated.version]).size).toBe(3);
  });

  test("changes with a write of an equal value", async () => {
    const manager = await openMemory();
    const value = plantedValue();
    const { version } = await manager.create("a", value);

    expect((await manager.update("a", value)).version).not.toBe(version);
  });
});

describe.each(calls)("%s with ifVersion", (_call, run) => {
  test("succeeds while the secret has that version", async () => {
    const manager = await openMemory();
    const { version = "none" } = await manager.create("a", plantedValue());

    await run(manager, version);

    expect((await manager.get("a"))?.value ?? { changed: true }).toEqual({ changed: true });
  });

  test("is CONFLICT for an older version, and changes nothing", async () => {
    const manager = await openMemory();
    const { version = "none" } = await manager.create("a", plantedValue());
    const value = plantedValue();
    const current = await manager.set("a", value);

    expect(await failure(run(manager, version))).toMatchObject({
      code: "CONFLICT",
      retryable: true,
      secretName: "a",
    });
    expect(await manager.get("a")).toMatchObject({ value, version: current.version });
  });

  test("is CONFLICT for a version from before the secret was deleted and recreated", async () => {
    const manager = await openMemory();
    const { version = "none" } = await manager.create("a", plantedValue());
    await manager.delete("a");
    const value = plantedValue();
    await manager.create("a", value);

    expect((await failure(run(manager, version))).code).toBe("CONFLICT");
    expect((await manager.get("a"))?.value).toEqual(value);
  });

  test("is CONFLICT for a version of another manager, or for no version at all", async () => {
    const manager = await openMemory();
    const { version = "none" } = await manager.create("a", plantedValue());

    for (const foreign of [
      version.replace("MEMORY:", "VAULT:"),
      version.replace("MEMORY:", "OTHERS:"),
      version.replace("MEMORY:", ""),
      "",
      "MEMORY:",
      "x",
    ]) {
      expect((await failure(run(manager, foreign))).code).toBe("CONFLICT");
    }
    expect(await versionOf(manager)).toBe(version);
  });

  test("that is not a string is a TypeError", async () => {
    const manager = await openMemory();
    await expect(run(manager, 5 as never)).rejects.toThrow(TypeError);
    await expect(run(manager, null as never)).rejects.toThrow(TypeError);
  });

  test("is UNSUPPORTED where the manager has no conditional writes, and nothing is sent", async () => {
    const manager = await openBackend(
      fakeBackend({
        capabilities: { versions: true, conditionalWrites: false, list: true },
        get: () => expect.unreachable(),
        write: () => expect.unreachable(),
        delete: () => expect.unreachable(),
      }),
    );

    expect(await failure(run(manager, "FAKE:1"))).toMatchObject({
      code: "UNSUPPORTED",
      manager: "FAKE",
      secretName: "a",
    });
  });
});

describe("ifVersion on a missing secret", () => {
  test.each(updates)("is NOT_FOUND for %s, with a version of any manager", async (_call, run) => {
    const manager = await openMemory();
    const { version = "none" } = await manager.create("a", plantedValue());
    await manager.delete("a");

    expect((await failure(run(manager, version))).code).toBe("NOT_FOUND");
    expect((await failure(run(manager, "VAULT:1"))).code).toBe("NOT_FOUND");
    expect(await manager.has("a")).toBe(false);
  });

  test("makes delete return false for a version of any manager", async () => {
    const manager = await openMemory();
    const { version = "none" } = await manager.create("a", plantedValue());
    await manager.delete("a");

    expect(await manager.delete("a", { ifVersion: version })).toBe(false);
    expect(await manager.delete("a", { ifVersion: "VAULT:1" })).toBe(false);
  });
});

test("an update function with ifVersion is not retried when another process writes meanwhile", async () => {
  const store = new MemoryStore();
  const [mine, other] = [await openMemory(store), await openMemory(store)];
  const { version } = await mine.create("a", { n: 0 });
  let calls = 0;

  const call = mine.update(
    "a",
    async () => {
      calls++;
      await other.set("a", { n: 50 });
      return { n: 1 };
    },
    { ifVersion: version },
  );

  expect((await failure(call)).code).toBe("CONFLICT");
  expect(calls).toBe(1);
  expect((await mine.get("a"))?.value).toEqual({ n: 50 });
});

describe("delete without a version", () => {
  test("returns whether there was a secret", async () => {
    const manager = await openMemory();
    await manager.create("a", plantedValue());

    expect(await manager.delete("a")).toBe(true);
    expect(await manager.delete("a")).toBe(false);
    expect(await manager.get("a")).toBeUndefined();
  });
});
