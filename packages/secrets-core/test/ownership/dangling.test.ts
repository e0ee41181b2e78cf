import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { describe, expect, test } from "vitest";
import { migrateSecrets } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const next = Object.freeze({ token: "b" });

/** An entry of OUTER whose value another program deleted without the table. */
async function danglingStores(isCopied = false): Promise<TwoStores> {
  const stores = new TwoStores();
  const manager = await stores.open(isCopied ? "MEMORY" : "OUTER");
  await manager.create("a", value);
  if (isCopied) await migrateSecrets(manager, { to: "OUTER" });
  stores.outer.remove("a");
  return stores;
}

/** Restores the value once just before a step, as from a backup. */
function restoredBefore(stores: TwoStores, step: string): Intercept {
  let isRestored = false;
  return async ({ method }, run) => {
    if (method === step && !isRestored) {
      isRestored = true;
      stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
    }
    return run();
  };
}

describe.each(["MEMORY", "OUTER"] as const)("with %s selected, a dangling entry", (selected) => {
  test.each([false, true])(
    "is created and set again at the selected manager (with a copy: %s)",
    async (copied) => {
      for (const call of ["create", "set"] as const) {
        const stores = await danglingStores(copied);
        const manager = await stores.open(selected);
        expect(await manager[call]("a", next)).toMatchObject({ manager: selected });
        for (const reader of [await stores.open("MEMORY"), await stores.open("OUTER")]) {
          expect((await reader.get("a"))?.value).toEqual(next);
        }
        expect(stores.contents.outer).toEqual(selected === "OUTER" ? ["a"] : []);
      }
    },
  );

  test("is absent with a version of either manager and without one", async () => {
    const manager = await (await danglingStores()).open(selected);
    for (const ifVersion of ["MEMORY:1", "OUTER:1", undefined]) {
      expect(await failure(manager.update("a", next, { ifVersion }))).toMatchObject({ code: "NOT_FOUND" });
    }
    for (const ifVersion of ["MEMORY:1", "OUTER:1", undefined]) {
      expect(await manager.delete("a", { ifVersion })).toBe(false);
    }
  });

  test("is not removed after another process recreated it", async () => {
    const stores = await danglingStores();
    const late = new SuspendedProcess();
    const manager = await stores.open(selected, { intercept: late.intercept });
    const beforeClearing = late.suspendAt(({ method }) => method === "ownership.advance");
    const creating = failure(manager.create("a", next));
    await beforeClearing;
    const other = await stores.open("OUTER");
    await other.create("a", value);
    late.resume();
    expect(await creating).toMatchObject({ code: "ALREADY_EXISTS" });
    expect((await other.get("a"))?.value).toEqual(value);
    expect(stores.table.find("a")).toMatchObject({ manager: "OUTER", state: "active" });
  });

  test("is set again without losing a concurrent creation", async () => {
    const stores = await danglingStores();
    const late = new SuspendedProcess();
    const manager = await stores.open(selected, { intercept: late.intercept });
    // It is locked and unlocked around the second read, and then removed.
    let changes = 0;
    const beforeClearing = late.suspendAt(
      ({ method }) => method === "ownership.remove" || (method === "ownership.advance" && ++changes === 3),
    );
    const setting = manager.set("a", next);
    await beforeClearing;
    const other = await stores.open("OUTER");
    await other.create("a", value);
    late.resume();
    expect(await setting).toMatchObject({ manager: "OUTER" });
    expect((await other.get("a"))?.value).toEqual(next);
    await manager.delete("a");
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });

  test("that is locked is awaited by a creation", async () => {
    const stores = await danglingStores();
    const row = stores.table.find("a");
    if (row === undefined) throw new Error("There is no row.");
    const moving = { state: "moving", transitionId: "theirs", transitionStartedAt: new Date() } as const;
    stores.table.replace(row, moving);
    const manager = await stores.open(selected, { timeout: 300 });
    expect(await failure(manager.create("a", next))).toMatchObject({
      code: "CONFLICT",
      reason: "IN_TRANSITION",
    });
    expect(stores.table.find("a")).toMatchObject(moving);
  });

  test("is not removed for a creation when its value has reappeared", async () => {
    const stores = await danglingStores();
    const manager = await stores.open(selected, { intercept: restoredBefore(stores, "ownership.advance") });
    expect(await failure(manager.create("a", next))).toMatchObject({ code: "ALREADY_EXISTS" });
    expect((await manager.get("a"))?.value).toEqual(value);
  });

  // Only the selected manager is asked for each.
  test("is listed only where its owner is not selected", async () => {
    const manager = await (await danglingStores()).open(selected);
    const names = await Array.fromAsync(manager.list(), ({ name }) => name);
    expect(names).toEqual(selected === "OUTER" ? [] : ["a"]);
  });
});

test.each(["get", "has", "set", "update", "delete"] as const)(
  "%s follows a dangling entry when its value reappears before the second read",
  async (call) => {
    const stores = await danglingStores();
    const manager = await stores.open("OUTER", { intercept: restoredBefore(stores, "ownership.advance") });
    const calls = {
      get: async () => (await manager.get("a"))?.value,
      has: () => manager.has("a"),
      set: async () => (await manager.set("a", next)).manager,
      update: async () => (await manager.update("a", next)).manager,
      delete: () => manager.delete("a"),
    };
    const answers = { get: value, has: true, set: "OUTER", update: "OUTER", delete: true };
    expect(await calls[call]()).toEqual(answers[call]);
    const left = call === "delete" ? undefined : call === "set" || call === "update" ? next : value;
    expect((await manager.get("a"))?.value).toEqual(left);
  },
);
