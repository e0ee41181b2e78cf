import { expect, test } from "vitest";
import { failureCode } from "../support/failure.ts";
import { openManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { dump, execute, rawRow } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

test("has() does not decrypt: a row that cannot be decrypted is present", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("damaged", plantedValue());
  execute(file, "UPDATE archestra_secrets SET value = 'damaged'");
  expect(await manager.has("damaged")).toBe(true);
  expect(await manager.has("absent")).toBe(false);
  expect(await failureCode(manager.get("damaged"))).toBe("DECRYPTION_FAILED UNSUPPORTED_ENVELOPE");
});

test("deleting removes the row, returns whether there was one, and needs no key", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("a", plantedValue());
  await manager.create("damaged", plantedValue());
  execute(file, "UPDATE archestra_secrets SET value = 'damaged' WHERE name = 'damaged'");
  expect(await manager.delete("a")).toBe(true);
  expect(await manager.delete("a")).toBe(false);
  expect(await manager.delete("damaged")).toBe(true);
  expect(dump(file).archestra_secrets).toEqual([]);
});

test("a secret that cannot be decrypted can be set again, in the same row", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("damaged", plantedValue());
  execute(file, "UPDATE archestra_secrets SET value = 'damaged', key_id = NULL");
  const { id } = rawRow(file, "damaged");
  const value = plantedValue();
  await manager.set("damaged", value);
  expect((await manager.get("damaged"))?.value).toEqual(value);
  expect(rawRow(file, "damaged").id).toBe(id);
});

test("getMany returns a result for each of thousands of names: found, absent or damaged", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  for (const name of ["first", "middle", "damaged", "last"]) await manager.create(name, { name });
  execute(file, "UPDATE archestra_secrets SET value = 'damaged' WHERE name = 'damaged'");
  const absent = Array.from({ length: 2_400 }, (_, index) => `absent-${index}`);
  const asked = [
    "first",
    ...absent.slice(0, 1_200),
    "middle",
    "damaged",
    "first",
    ...absent.slice(1_200),
    "last",
  ];
  const results = await manager.getMany(asked);
  expect([...results.keys()]).toEqual([...new Set(asked)]);
  for (const name of ["first", "middle", "last"]) {
    const result = results.get(name);
    expect(result?.status === "found" && result.secret.value).toEqual({ name });
  }
  expect(results.get("damaged")).toMatchObject({
    status: "failed",
    error: {
      code: "DECRYPTION_FAILED",
      reason: "UNSUPPORTED_ENVELOPE",
      secretName: "damaged",
      operation: "getMany",
    },
  });
  for (const name of absent) expect(results.get(name)).toEqual({ status: "absent" });
});
