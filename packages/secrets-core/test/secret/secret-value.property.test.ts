import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copySecretValue } from "../../src/secret/secret-value.ts";
import { plantedText } from "../planted.ts";
import { secretValue } from "../support/arbitraries.ts";
import { openMemory } from "../support/open-manager.ts";

describe("any JSON object", () => {
  test("comes back from the store as JSON has it", async () => {
    const manager = await openMemory();

    await fc.assert(
      fc.asyncProperty(secretValue, async (value) => {
        await manager.set("a", value as never);
        const read = (await manager.get("a"))?.value;
        // JSON itself says what `-0`, `__proto__` and the order of keys become.
        assert.deepStrictEqual(read, JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });

  test("is copied, and deeply frozen", () => {
    fc.assert(
      fc.property(secretValue, (value) => {
        const copy = copySecretValue(value);
        const originals = new Set(objectsIn(value));
        for (const object of objectsIn(copy)) {
          expect(Object.isFrozen(object)).toBe(true);
          expect(originals.has(object)).toBe(false);
        }
        assert.deepStrictEqual(copySecretValue(copy), copy);
      }),
      { numRuns: 300 },
    );
  });
});

test("`__proto__` is an entry like any other and changes no prototype", async () => {
  const manager = await openMemory();
  const token = plantedText();
  await manager.create(
    "a",
    JSON.parse(`{"__proto__": {"admin": true}, "nested": {"__proto__": "${token}"}}`),
  );

  const value = (await manager.get("a"))?.value as Record<string, unknown>;

  expect(Object.keys(value).sort()).toEqual(["__proto__", "nested"]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(value.admin).toBeUndefined();
  expect(Object.getOwnPropertyDescriptor(value.nested, "__proto__")?.value).toBe(token);
});

test("`-0` becomes `0`", () => {
  expect(Object.is((copySecretValue({ a: [-0] }).a as number[])[0], 0)).toBe(true);
});

test("a later change of the caller's object does not change the stored value", async () => {
  const manager = await openMemory();
  const before = plantedText();
  const value = { token: before, list: [{ scope: "read" }] };

  const created = manager.create("a", value);
  value.token = plantedText();
  value.list[0] = { scope: "write" };
  value.list.push({ scope: "admin" });
  await created;
  value.token = plantedText();

  expect((await manager.get("a"))?.value).toEqual({ token: before, list: [{ scope: "read" }] });
});

test("a reader cannot change the value of other readers", async () => {
  const manager = await openMemory();
  await manager.create("a", { token: plantedText(), list: [{ scope: "read" }] });
  const first = (await manager.get("a"))?.value as { token: string; list: { scope: string }[] };

  expect(() => {
    first.token = "changed";
  }).toThrow(TypeError);
  expect(() => first.list.push({ scope: "write" })).toThrow(TypeError);
  expect(() => {
    (first.list[0] as { scope: string }).scope = "write";
  }).toThrow(TypeError);
  expect((await manager.get("a"))?.value).toEqual(first);
});

function objectsIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}
