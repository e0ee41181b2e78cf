import assert from "node:assert/strict";
import fc from "fast-check";
import { expect, test } from "vitest";
import { secretName, secretValue } from "../support/arbitraries.ts";
import { openManager } from "../support/open-manager.ts";
import { plantedText, plantedValue } from "../support/planted.ts";
import { filesThatHold, rawRow } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

test("a written secret is read by a later process", async () => {
  const file = scratchFile();
  const written = new Map<string, unknown>();
  const first = await openManager(file);
  await fc.assert(
    fc.asyncProperty(secretName, secretValue, async (name, value) => {
      await first.set(name, value);
      assert.deepEqual((await first.get(name))?.value, value);
      written.set(name, value);
    }),
    { numRuns: 150 },
  );
  await first.close();

  const second = await openManager(file);
  for (const [name, value] of written) assert.deepEqual((await second.get(name))?.value, value);
  expect((await second.check({ count: true })).count).toBe(written.size);
});

test.each([
  ["half a mebibyte", { text: "x".repeat(512 * 1024 - 11) }],
  ["a hundred levels", JSON.parse(`${'{"a":'.repeat(99)}{"b":1}${"}".repeat(99)}`) as object],
  [
    "ten thousand entries",
    Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index])),
  ],
  ["an own __proto__", JSON.parse('{"__proto__":{"polluted":true}}') as object],
])("a value of %s keeps its shape", async (_, value) => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("edge", value as Record<string, string>);
  await manager.close();
  const again = await openManager(file);
  assert.deepEqual((await again.get("edge"))?.value, value);
});

test("neither the value nor the names of its entries are in the files in plaintext", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  const [value, replaced, entry] = [plantedText(), plantedText(), plantedText()];
  await manager.create("hidden", { [entry]: value });
  await manager.set("hidden", { [entry]: replaced });
  for (const text of [value, replaced, entry]) expect(filesThatHold(file, text)).toEqual([]);
  expect(filesThatHold(file, "__encrypted")).not.toEqual([]);
});

test("equal values are stored as different envelopes under their key", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  const value = plantedValue();
  await manager.create("one", value);
  await manager.create("two", value);
  const [one, two] = [rawRow(file, "one"), rawRow(file, "two")];
  expect(one.value).toMatch(/^\{"__encrypted":"v2:[\w-]{11}:/);
  expect(one.value).not.toBe(two.value);
  expect(one.key_id).toBe(two.key_id);
  expect(one.value).toContain(`v2:${one.key_id}:`);
});

test("a secret carries its times and its manager", async () => {
  const manager = await openManager(scratchFile());
  const before = Date.now() - 1000;
  const created = await manager.create("timed", { a: 1 });
  const changed = await manager.set("timed", { a: 2 });
  const secret = await manager.get("timed");
  expect(secret?.manager).toBe("DB");
  expect(secret?.createdAt).toEqual(created.createdAt);
  expect(secret?.updatedAt).toEqual(changed.updatedAt);
  expect(created.createdAt?.getTime()).toBeGreaterThan(before);
  expect(changed.updatedAt?.getTime()).toBeGreaterThanOrEqual(created.updatedAt?.getTime() ?? Infinity);
});
