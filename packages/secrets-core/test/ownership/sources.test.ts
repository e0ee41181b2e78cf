import { expect, test } from "vitest";
import { migrateSecrets } from "../../src/index.ts";
import type { SecretsBackend } from "../../src/plugin.ts";
import { ThreeStores } from "../support/three-stores.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const next = Object.freeze({ token: "b" });

test("only secrets of the named source are moved", async () => {
  const stores = new ThreeStores();
  for (const id of ["MEMORY", "OUTER", "THIRD"] as const) await (await stores.open(id)).create(id, value);
  const manager = await stores.open("MEMORY");
  for (const dryRun of [true, false]) {
    const report = await migrateSecrets(manager, { from: "THIRD", to: "OUTER", dryRun });
    expect(report).toMatchObject({ done: 1, skipped: 2, failed: 0 });
  }
  expect((await manager.check({ count: true })).countByManager).toEqual({ MEMORY: 1, OUTER: 2 });
});

/** A value without a row at two managers. */
function unknownStores(): ThreeStores {
  const stores = new ThreeStores();
  stores.outer.insert("of-outer", { manager: "MEMORY", state: "active" }, value);
  stores.third.insert("of-third", { manager: "MEMORY", state: "active" }, value);
  return stores;
}

test("a secret without an entry is moved from the named source, or otherwise from the selected manager", async () => {
  for (const [selected, from, moved] of [
    ["MEMORY", "THIRD", "of-third"],
    ["OUTER", "THIRD", "of-third"],
    ["OUTER", undefined, "of-outer"],
    ["MEMORY", undefined, undefined],
  ] as const) {
    const stores = unknownStores();
    const manager = await stores.open(selected);
    const expected = { done: moved === undefined ? 0 : 1, failed: 0 };
    const rehearsed = await migrateSecrets(manager, { to: "MEMORY", from, dryRun: true });
    expect(rehearsed).toMatchObject(expected);
    expect(stores.contents.rows).toEqual([]);
    expect(await migrateSecrets(manager, { to: "MEMORY", from })).toMatchObject(expected);
    expect(stores.contents.rows).toEqual(moved === undefined ? [] : [moved]);
    if (moved !== undefined) expect(await manager.get(moved)).toMatchObject({ manager: "MEMORY", value });
  }
});

test("a dry run reports a secret without an entry that cannot be moved", async () => {
  const stores = unknownStores();
  stores.third.insert("of-outer", { manager: "MEMORY", state: "active" }, next);
  const manager = await stores.open("OUTER");
  for (const dryRun of [true, false]) {
    const report = await migrateSecrets(manager, { to: "THIRD", dryRun });
    expect(report).toMatchObject({ done: 0, failed: 1 });
    expect(report.failures[0]?.error).toMatchObject({ reason: "TARGET_OCCUPIED" });
  }
  expect(await manager.get("of-outer")).toMatchObject({ manager: "OUTER", value });
});

test("a secret that only the target has is not adopted by a move", async () => {
  const stores = unknownStores();
  const manager = await stores.open("OUTER");
  expect(await migrateSecrets(manager, { to: "OUTER" })).toMatchObject({ done: 0, skipped: 0, failed: 0 });
  expect(stores.contents.rows).toEqual([]);
});

test("the entries of a source that cannot list are moved", async () => {
  const replaced: Partial<SecretsBackend> = {
    capabilities: { versions: true, conditionalWrites: true, list: false },
    list: () => expect.unreachable("It cannot list."),
  };
  const stores = new TwoStores({ replaced });
  const manager = await stores.open("OUTER");
  await manager.create("a", value);
  expect(await migrateSecrets(manager, { to: "MEMORY" })).toMatchObject({ done: 1, failed: 0 });
});

test("each secret of a source without conditional writes fails while writers are active, and others move", async () => {
  const stores = new TwoStores({ conditionalWrites: false });
  const manager = await stores.open("OUTER");
  await manager.create("a", value);
  for (const dryRun of [true, false]) {
    const report = await migrateSecrets(manager, { to: "MEMORY", dryRun });
    expect(report.failures[0]?.error).toMatchObject({
      code: "UNSUPPORTED",
      reason: "WRITERS_NOT_STOPPED",
      manager: "OUTER",
    });
  }
  expect((await manager.get("a"))?.manager).toBe("OUTER");
  expect(await migrateSecrets(manager, { to: "MEMORY", writersStopped: true })).toMatchObject({ done: 1 });
});

test("an entry without a value is skipped, and changes nothing at the target", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  stores.outer.remove("a");
  const manager = await stores.open("MEMORY");
  for (const dryRun of [true, false]) {
    expect(await migrateSecrets(manager, { to: "MEMORY", dryRun })).toMatchObject({ done: 0, skipped: 1 });
  }
  expect(stores.table.find("a")).toMatchObject({ manager: "OUTER", state: "active", value: undefined });
});

test("a copy at a third manager does not prevent a move once the secret was created again", async () => {
  const stores = new ThreeStores();
  await stores.moveAlong(value, ["THIRD", "OUTER"]);
  const other = await stores.open("OUTER");
  let isLate = false;
  const manager = await stores.open("MEMORY", async ({ method }, run) => {
    if (method === "ownership.find" && !isLate) {
      isLate = true;
      await other.delete("a");
      await other.create("a", next);
    }
    return run();
  });
  expect(await migrateSecrets(manager, { to: "MEMORY" })).toMatchObject({ done: 1, failed: 0 });
  expect(isLate).toBe(true);
  expect(await manager.get("a")).toMatchObject({ manager: "MEMORY", value: next });
});
