import type { Step } from "@archestra/test-harness/intercepted-plugin";
import { describe, expect, test } from "vitest";
import {
  type BulkReport,
  finalizeMigration,
  migrateSecrets,
  rebindPaths,
  SecretsError,
} from "../../src/index.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const next = Object.freeze({ token: "b" });
const opposite: Record<ManagerId, ManagerId> = { MEMORY: "OUTER", OUTER: "MEMORY" };

/** A move of a secret that is suspended before this step. */
async function heldMove(
  from: ManagerId,
  isThere: (step: Step) => boolean,
): Promise<{ stores: TwoStores; mover: SuspendedProcess; moving: Promise<BulkReport> }> {
  const stores = new TwoStores();
  await (await stores.open(from)).create("a", value);
  const mover = new SuspendedProcess();
  const manager = await stores.open("MEMORY", { intercept: mover.intercept });
  const suspended = mover.suspendAt(isThere);
  const moving = migrateSecrets(manager, { to: opposite[from] });
  await suspended;
  return { stores, mover, moving };
}

describe.each(["MEMORY", "OUTER"] as const)("a move away from %s", (from) => {
  test("of a secret that is deleted before it begins leaves nothing at the target", async () => {
    const { stores, mover, moving } = await heldMove(from, ({ method }) => method === "ownership.advance");
    expect(await (await stores.open(from)).delete("a")).toBe(true);
    mover.resume();
    expect(await moving).toMatchObject({ done: 0, skipped: 1, failed: 0 });
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });

  test("that another process completed first leaves the copy of that process for a rollback", async () => {
    const { stores, mover, moving } = await heldMove(from, ({ method }) => method === "ownership.advance");
    const other = await stores.open("OUTER");
    await migrateSecrets(other, { to: opposite[from] });
    mover.resume();
    expect(await moving).toMatchObject({ done: 0, skipped: 1, failed: 0 });
    expect(await migrateSecrets(other, { to: from })).toMatchObject({ done: 1, failed: 0 });
    expect(await other.get("a")).toMatchObject({ manager: from, value });
  });

  test("that another process reverted starts again, and moves the value written since", async () => {
    const isFlip = ({ args }: Step) => Object(args[1]).manager === opposite[from];
    const { stores, mover, moving } = await heldMove(from, isFlip);
    stores.age();
    const other = await stores.open(from);
    expect(await other.set("a", next)).toMatchObject({ manager: from });
    mover.resume();
    expect(await moving).toMatchObject({ done: 1, failed: 0 });
    expect(await other.get("a")).toMatchObject({ manager: opposite[from], value: next });
  });
});

const isOuterWrite = ({ plugin, method }: Step) => plugin === "OUTER" && method === "write";

test("a move includes the value of a writer that read the entry before it began", async () => {
  const { stores, mover, moving } = await heldMove("OUTER", isOuterWrite);
  const row = stores.outer.find("a");
  if (row === undefined) throw new Error("There is no value.");
  stores.outer.replace(row, { value: next, version: row.version + 1 });
  mover.resume();
  expect(await moving).toMatchObject({ done: 1, failed: 0 });
  expect(await (await stores.open("MEMORY")).get("a")).toMatchObject({ manager: "MEMORY", value: next });
});

test("a move of a secret that is deleted concurrently without the table moves nothing", async () => {
  const { stores, mover, moving } = await heldMove("OUTER", isOuterWrite);
  stores.outer.remove("a");
  mover.resume();
  expect(await moving).toMatchObject({ done: 0, skipped: 1, failed: 0 });
  expect(stores.table.find("a")).toMatchObject({ manager: "OUTER", state: "active", value: undefined });
});

test("a rejected move reports its error, even if the entry cannot be unlocked", async () => {
  const stores = new TwoStores();
  await (await stores.open("MEMORY")).create("a", value);
  let changes = 0;
  const manager = await stores.open("MEMORY", {
    intercept: async ({ plugin, method }, run) => {
      if (plugin === "OUTER" && method === "write") throw new SecretsError("PERMISSION_DENIED", "No.");
      if (method === "ownership.advance" && ++changes === 2) throw new SecretsError("UNAVAILABLE", "No.");
      return run();
    },
  });
  const report = await migrateSecrets(manager, { to: "OUTER" });
  expect(report.failures[0]?.error).toMatchObject({ code: "PERMISSION_DENIED" });
  expect((await manager.get("a"))?.value).toEqual(value);
});

/** A secret that was moved from OUTER to MEMORY, by a process that died before it could tell which version its copy has. */
async function interruptedMove(): Promise<TwoStores> {
  const stores = new TwoStores();
  const manager = await stores.open("OUTER");
  await manager.create("a", value);
  await migrateSecrets(manager, { to: "MEMORY" });
  const row = stores.table.find("a");
  if (row === undefined) throw new Error("There is no row.");
  stores.table.replace(row, { copy: { manager: "OUTER", path: "outer/a" } });
  return stores;
}

test("a copy of unknown version is overwritten as it was read, or written again if it is gone", async () => {
  for (const isGone of [false, true]) {
    const stores = await interruptedMove();
    if (isGone) stores.outer.remove("a");
    const manager = await stores.open("MEMORY");
    await manager.set("a", next);
    expect(await migrateSecrets(manager, { to: "OUTER" })).toMatchObject({ done: 1, failed: 0 });
    expect(await manager.get("a")).toMatchObject({ manager: "OUTER", value: next });
  }
});

test("a copy of unknown version that changes after it was read is not overwritten", async () => {
  const stores = await interruptedMove();
  const mover = new SuspendedProcess();
  const manager = await stores.open("MEMORY", { intercept: mover.intercept });
  const suspended = mover.suspendAt(({ plugin, method }) => plugin === "OUTER" && method === "write");
  const moving = migrateSecrets(manager, { to: "OUTER" });
  await suspended;
  const copy = stores.outer.find("a");
  if (copy === undefined) throw new Error("There is no copy.");
  stores.outer.replace(copy, { value: next, version: copy.version + 1 });
  mover.resume();
  expect((await moving).failures[0]?.error).toMatchObject({ code: "CONFLICT", reason: "COPY_CHANGED" });
  expect(stores.outer.find("a")?.value).toEqual(next);
});

test("a copy removed before a rollback is written again, and one that appears concurrently prevents the rollback", async () => {
  for (const isOccupied of [false, true]) {
    const stores = new TwoStores();
    const first = await stores.open("OUTER");
    await first.create("a", value);
    await migrateSecrets(first, { to: "MEMORY" });
    stores.outer.remove("a");
    let writes = 0;
    const manager = await stores.open("MEMORY", {
      intercept: async ({ plugin, method }, run) => {
        if (plugin === "OUTER" && method === "write" && ++writes === 2 && isOccupied) {
          stores.outer.insert("a", { manager: "MEMORY", state: "active" }, next);
        }
        return run();
      },
    });
    const report = await migrateSecrets(manager, { to: "OUTER" });
    expect(report).toMatchObject(isOccupied ? { done: 0, failed: 1 } : { done: 1, failed: 0 });
    expect(stores.outer.find("a")?.value).toEqual(isOccupied ? next : value);
    expect((await manager.get("a"))?.value).toEqual(value);
  }
});

test.each([true, false])(
  "the end of a move does not remove a secret that was moved back concurrently (conditional writes: %s)",
  async (conditionalWrites) => {
    const stores = new TwoStores({ conditionalWrites });
    const other = await stores.open("OUTER");
    await other.create("a", value);
    await migrateSecrets(other, { to: "MEMORY", writersStopped: true });
    const late = new SuspendedProcess();
    const manager = await stores.open("MEMORY", { intercept: late.intercept });
    const suspended = late.suspendAt(({ method }) => method === "ownership.advance");
    const finalizing = finalizeMigration(manager);
    await suspended;
    await migrateSecrets(other, { to: "OUTER" });
    late.resume();
    // What is a copy now is removed.
    expect(await finalizing).toMatchObject({ done: 1, failed: 0 });
    expect(await other.get("a")).toMatchObject({ manager: "OUTER", value });
    expect(stores.table.find("a")?.copy).toBeUndefined();
  },
);

/** The end of a move from OUTER to MEMORY, by a process that is suspended before it removes the copy. */
async function heldFinalizing() {
  const stores = new TwoStores();
  const other = await stores.open("OUTER");
  await other.create("a", value);
  await migrateSecrets(other, { to: "MEMORY" });
  const late = new SuspendedProcess();
  const manager = await stores.open("MEMORY", { intercept: late.intercept });
  const suspended = late.suspendAt(({ plugin, method }) => plugin === "OUTER" && method === "delete");
  const finalizing = finalizeMigration(manager);
  await suspended;
  return { stores, other, late, finalizing };
}

test("the end of a move that was taken over does not remove a copy that was changed since", async () => {
  const { stores, other, late, finalizing } = await heldFinalizing();
  stores.age();
  await stores.open("OUTER");
  await migrateSecrets(other, { to: "OUTER" });
  await finalizeMigration(other);
  late.resume();
  expect(await finalizing).toMatchObject({ done: 0, failed: 0 });
  expect(await other.get("a")).toMatchObject({ manager: "OUTER", value });
});

test("the end of a move that was taken over does not remove the copy of a move in progress", async () => {
  const { stores, other, late, finalizing } = await heldFinalizing();
  stores.age();
  const mover = new SuspendedProcess();
  const moving = await stores.open("OUTER", { intercept: mover.intercept });
  // The copy is written and read back.
  const isCopied = mover.suspendAt(({ args }) => Object(args[1]).manager === "OUTER");
  const migrating = migrateSecrets(moving, { to: "OUTER" });
  await isCopied;
  // It finds that somebody else is at it.
  await late.resume();
  mover.resume();
  expect(await migrating).toMatchObject({ done: 1, failed: 0 });
  await finalizing;
  expect(await other.get("a")).toMatchObject({ manager: "OUTER", value });
});

test("rebindPaths() does not revert a concurrent change of the entry", async () => {
  const stores = new TwoStores();
  const before = await stores.open("OUTER");
  await before.create("a", value);
  const late = new SuspendedProcess();
  const manager = await stores.open("OUTER", { outer: { prefix: "elsewhere" }, intercept: late.intercept });
  const suspended = late.suspendAt(({ method }) => method === "ownership.advance");
  const rebinding = rebindPaths(manager);
  await suspended;
  await migrateSecrets(before, { to: "MEMORY" });
  late.resume();
  expect(await rebinding).toMatchObject({ done: 1, failed: 0 });
  expect(await manager.get("a")).toMatchObject({ manager: "MEMORY", value });
  expect(stores.table.find("a")?.copy?.path).toBe("elsewhere/a");
});

test("a secret that appears at the target just before the copy is not overwritten, and reported", async () => {
  const { stores, mover, moving } = await heldMove("MEMORY", isOuterWrite);
  stores.outer.insert("a", { manager: "MEMORY", state: "active" }, next);
  mover.resume();
  expect((await moving).failures[0]?.error).toMatchObject({
    code: "ALREADY_EXISTS",
    reason: "TARGET_OCCUPIED",
  });
  expect(stores.outer.find("a")?.value).toEqual(next);
  const manager = await stores.open("MEMORY");
  expect(await manager.get("a")).toMatchObject({ manager: "MEMORY", value });
  // It is no copy, so it stays.
  expect(await manager.delete("a")).toBe(true);
  expect(stores.outer.find("a")?.value).toEqual(next);
});

test("rebindPaths() reads a copy at its new path first, and keeps its version", async () => {
  const stores = new TwoStores();
  const before = await stores.open("OUTER");
  await before.create("a", value);
  await migrateSecrets(before, { to: "MEMORY" });
  const copy = stores.outer.find("a");
  if (copy === undefined) throw new Error("There is no copy.");
  const version = stores.table.find("a")?.copy?.version;
  expect(version).toBeDefined();

  const manager = await stores.open("MEMORY", { outer: { prefix: "elsewhere" } });
  stores.outer.remove("a");
  const report = await rebindPaths(manager);
  expect(report.failures[0]?.error).toMatchObject({ code: "NOT_FOUND", reason: "NOT_AT_NEW_PATH" });
  expect(stores.table.find("a")?.copy).toMatchObject({ path: "outer/a" });

  stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
  expect(await rebindPaths(manager)).toMatchObject({ done: 1, failed: 0 });
  expect(stores.table.find("a")?.copy).toEqual({ manager: "OUTER", path: "elsewhere/a", version });
});
