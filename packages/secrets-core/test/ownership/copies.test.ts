import { expect, test } from "vitest";
import { finalizeMigration, migrateSecrets, SecretsError } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { ThreeStores } from "../support/three-stores.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const mismatch = { code: "INVALID_CONFIGURATION", reason: "PATH_MISMATCH", manager: "OUTER" };

test("a copy at another path than the settings is neither deleted nor overwritten", async () => {
  const stores = new TwoStores();
  const mover = await stores.open("OUTER");
  await mover.create("a", value);
  await migrateSecrets(mover, { to: "MEMORY" });
  for (const selected of ["MEMORY", "OUTER"] as const) {
    const manager = await stores.open(selected, { outer: { prefix: "elsewhere" } });
    expect(await failure(manager.delete("a"))).toMatchObject(mismatch);
    expect((await finalizeMigration(manager)).failures[0]?.error).toMatchObject(mismatch);
    for (const dryRun of [true, false]) {
      const report = await migrateSecrets(manager, { to: "OUTER", dryRun });
      expect(report.failures[0]?.error).toMatchObject(mismatch);
    }
    expect((await manager.get("a"))?.value).toEqual(value);
  }
  expect(stores.outer.find("a")).toMatchObject({ value, version: 2 });
});

test("a copy that is the last value is kept by the recovery of an unfinished transition", async () => {
  const stores = new TwoStores();
  const mover = await stores.open("MEMORY");
  await mover.create("a", value);
  await migrateSecrets(mover, { to: "OUTER" });
  stores.outer.remove("a");
  const row = stores.table.find("a");
  if (row === undefined) throw new Error("There is no row.");
  stores.table.replace(row, { state: "moving", transitionId: "1", transitionStartedAt: new Date() });
  stores.age();
  await stores.open("OUTER");
  expect(stores.table.find("a")).toMatchObject({ state: "active", value, copy: { manager: "MEMORY" } });
});

test("a deletion that cannot remove the entry after the copy leaves the secret in the ownership store", async () => {
  const stores = new TwoStores();
  const mover = await stores.open("OUTER");
  await mover.create("a", value);
  await migrateSecrets(mover, { to: "MEMORY" });
  const manager = await stores.open("MEMORY", {
    intercept: async ({ method }, run) => {
      if (method === "ownership.remove") throw new SecretsError("UNAVAILABLE", "It is down.");
      return run();
    },
  });
  expect(await failure(manager.delete("a"))).toMatchObject({ code: "UNAVAILABLE" });
  expect((await mover.get("a"))?.value).toEqual(value);
  expect(await mover.delete("a")).toBe(true);
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("a secret whose copy cannot be deleted stays complete, since the copy is deleted first", async () => {
  const stores = new ThreeStores();
  await stores.moveAlong(value, ["THIRD", "OUTER"]);
  const manager = await stores.open("MEMORY", async ({ plugin, method }, run) => {
    if (plugin === "THIRD" && method === "delete") throw new SecretsError("PERMISSION_DENIED", "No.");
    return run();
  });
  const denied = { code: "PERMISSION_DENIED", manager: "THIRD" };
  expect(await failure(manager.delete("a"))).toMatchObject(denied);
  expect(await manager.get("a")).toMatchObject({ manager: "OUTER", value });
  expect((await finalizeMigration(manager)).failures[0]?.error).toMatchObject(denied);
  expect(await manager.get("a")).toMatchObject({ manager: "OUTER", value });
  const other = await stores.open("MEMORY");
  expect(await other.delete("a")).toBe(true);
  expect(stores.contents).toEqual({ rows: [], outer: [], third: [] });
});

test("a secret with a copy at one manager does not move to a third manager before the copy is removed", async () => {
  const stores = new ThreeStores();
  await stores.moveAlong(value, ["THIRD", "OUTER"]);
  const manager = await stores.open("MEMORY");
  for (const dryRun of [true, false]) {
    const report = await migrateSecrets(manager, { to: "MEMORY", dryRun });
    expect(report).toMatchObject({ done: 0, failed: 1 });
    expect(report.failures[0]?.error).toMatchObject({ code: "CONFLICT", reason: "COPY_ELSEWHERE" });
  }
  expect(await finalizeMigration(manager, { copiesAt: "OUTER" })).toMatchObject({ done: 0, skipped: 1 });
  expect(await finalizeMigration(manager, { copiesAt: "THIRD" })).toMatchObject({ done: 1 });
  expect(await migrateSecrets(manager, { to: "MEMORY" })).toMatchObject({ done: 1 });
  expect(await manager.delete("a")).toBe(true);
  expect(stores.contents).toEqual({ rows: [], outer: [], third: [] });
});

test("a dry run of finalizeMigration() reports the copies, and the one that is the last value, and removes none", async () => {
  const stores = new TwoStores();
  const mover = await stores.open("MEMORY");
  for (const name of ["a", "last"]) await mover.create(name, value);
  await migrateSecrets(mover, { to: "OUTER" });
  stores.outer.remove("last");
  const manager = await stores.open("OUTER");
  expect(await finalizeMigration(manager, { dryRun: true })).toMatchObject({
    done: 1,
    failures: [{ name: "last", error: { reason: "OWNER_EMPTY" } }],
  });
  expect(stores.table.find("a")?.copy).toMatchObject({ manager: "MEMORY" });
  expect(await finalizeMigration(manager)).toMatchObject({ done: 1, failed: 1 });
});
