import { expect, test } from "vitest";
import { migrateSecrets, rebindPaths } from "../../src/index.ts";
import { TwoStores } from "../support/two-stores.ts";

test("rebindPaths() rewrites a path only if the value is at the new path", async () => {
  const stores = new TwoStores();
  const manager = await stores.open("OUTER");
  await manager.create("a", { step: 1 });
  await manager.create("b", { step: 1 });
  await migrateSecrets(manager, { to: "MEMORY", prefix: "b" });
  await manager.close();
  stores.table.insert("gone", { manager: "OUTER", state: "active", path: "outer/gone" }, undefined);

  const moved = await stores.open("OUTER", { outer: { prefix: "elsewhere" } });
  const report = await rebindPaths(moved);
  expect(report).toMatchObject({ done: 2, failed: 1 });
  expect(report.failures[0]).toMatchObject({
    name: "gone",
    error: { code: "NOT_FOUND", reason: "NOT_AT_NEW_PATH" },
  });
  expect(stores.table.find("a")?.path).toBe("elsewhere/a");
  expect(stores.table.find("b")?.copy?.path).toBe("elsewhere/b");
  expect(stores.table.find("gone")?.path).toBe("outer/gone");
  expect((await moved.get("a"))?.value).toEqual({ step: 1 });
  expect(await rebindPaths(moved, { prefix: "a" })).toMatchObject({ done: 0, skipped: 1 });
});

test("rebindPaths() makes stale transitions at the old path recoverable", async () => {
  const stores = new TwoStores();
  for (const state of ["creating", "moving", "deleting"] as const) {
    stores.outer.insert(state, { manager: "MEMORY", state: "active" }, { state });
    const row = { manager: "OUTER", state, transitionId: state, path: `outer/${state}` };
    stores.table.insert(state, row, undefined);
  }
  const manager = await stores.open("OUTER", { outer: { prefix: "elsewhere" } });
  stores.age();
  expect(await rebindPaths(manager)).toMatchObject({ done: 3, failed: 0 });
  expect((await manager.get("creating"))?.value).toEqual({ state: "creating" });
  expect((await manager.get("moving"))?.value).toEqual({ state: "moving" });
  expect(await manager.get("deleting")).toBeUndefined();
  stores.age();
  expect(await manager.delete("deleting")).toBe(false);
  expect(stores.contents.outer).toEqual(["creating", "moving"]);
});

test("a dry run of rebindPaths() reports what would be rewritten, and rewrites nothing", async () => {
  const stores = new TwoStores();
  const manager = await stores.open("OUTER");
  await manager.create("a", { step: 1 });
  await manager.close();
  stores.table.insert("gone", { manager: "OUTER", state: "active", path: "outer/gone" }, undefined);
  const moved = await stores.open("OUTER", { outer: { prefix: "elsewhere" } });
  expect(await rebindPaths(moved, { dryRun: true })).toMatchObject({
    done: 1,
    failures: [{ name: "gone", error: { reason: "NOT_AT_NEW_PATH" } }],
  });
  expect(stores.table.find("a")?.path).toBe("outer/a");
  expect(await rebindPaths(moved)).toMatchObject({ done: 1, failed: 1 });
});
