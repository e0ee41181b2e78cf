import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/memory.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { openMemory } from "../support/open-manager.ts";

describe("create", () => {
  test("stores the value and returns the information of the secret", async () => {
    const manager = await openMemory();
    const value = plantedValue();

    const info = await manager.create("a", value);

    expect(info).toEqual({
      name: "a",
      manager: "MEMORY",
      version: expect.stringMatching(/^MEMORY:./),
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    const secret = await manager.get("a");
    expect(secret?.value).toEqual(value);
    expect({ ...secret }).toEqual(info);
  });

  test("on a name that exists is ALREADY_EXISTS and leaves the old value", async () => {
    const manager = await openMemory();
    const value = plantedValue();
    const { version } = await manager.create("a", value);

    const error = await failure(manager.create("a", plantedValue()));

    expect(error).toMatchObject({
      code: "ALREADY_EXISTS",
      retryable: false,
      operation: "create",
      manager: "MEMORY",
      secretName: "a",
    });
    expect(error.message).toContain('create "a" (MEMORY): ');
    expect(await manager.get("a")).toMatchObject({ value, version });
  });

  test("succeeds for exactly one of ten concurrent callers", async () => {
    const store = new MemoryStore();
    const managers = await Promise.all(Array.from({ length: 10 }, () => openMemory(store)));

    const outcomes = await Promise.allSettled(
      managers.map((manager, index) => manager.create("a", { index })),
    );

    const winners = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? index : []));
    expect(winners).toHaveLength(1);
    expect((await managers[0]?.get("a"))?.value).toEqual({ index: winners[0] });
  });
});

describe("set", () => {
  test("creates a secret that does not exist", async () => {
    const manager = await openMemory();
    const value = plantedValue();

    expect(await manager.set("a", value)).toMatchObject({ name: "a", manager: "MEMORY" });
    expect((await manager.get("a"))?.value).toEqual(value);
  });

  test("replaces the whole value, under a new version, keeping the date of creation", async () => {
    const manager = await openMemory();
    const first = await manager.set("a", { ...plantedValue(), extra: 1 });
    const value = plantedValue();

    const second = await manager.set("a", value);

    expect(second.version).not.toBe(first.version);
    expect(second.createdAt).toEqual(first.createdAt);
    expect(await manager.get("a")).toMatchObject({ value, version: second.version });
    expect((await manager.get("a"))?.value).not.toHaveProperty("extra");
  });
});
