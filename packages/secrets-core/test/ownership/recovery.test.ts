import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { describe, expect, test } from "vitest";
import { SecretsError, type SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const next = Object.freeze({ token: "b" });

/** An entry of OUTER with a stale transition of a process that died, found only after the start. */
async function openWithOld(
  selected: "MEMORY" | "OUTER",
  state: "creating" | "moving" | "deleting",
  isThere: boolean,
): Promise<{ stores: TwoStores; manager: SecretsManager }> {
  const stores = new TwoStores();
  const manager = await stores.open(selected, { timeout: 2_000 });
  if (isThere) stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
  stores.table.insert("a", { manager: "OUTER", state, transitionId: "1", path: "outer/a" }, undefined);
  stores.age();
  return { stores, manager };
}

describe.each(["MEMORY", "OUTER"] as const)("with %s selected", (selected) => {
  test.each<[call: string, run: (manager: SecretsManager) => Promise<unknown>]>([
    ["get", (manager) => manager.get("a")],
    ["getMany", (manager) => manager.getMany(["a"])],
    ["has", (manager) => manager.has("a")],
  ])(
    "%s completes the unfinished creation of another process, so that all readers agree",
    async (_call, read) => {
      const { stores, manager } = await openWithOld(selected, "creating", true);
      await read(manager);
      for (const reader of [await stores.open("MEMORY"), await stores.open("OUTER")]) {
        expect(await Array.fromAsync(reader.list(), ({ name }) => name)).toEqual(["a"]);
      }
      const empty = await openWithOld(selected, "creating", false);
      await read(empty.manager);
      expect(empty.stores.contents.rows).toEqual([]);
    },
  );

  test.each(["creating", "moving"] as const)(
    "an update by a function continues once an unfinished transition (%s) is completed",
    async (state) => {
      const { stores, manager } = await openWithOld(selected, state, true);
      expect(await manager.update("a", () => next)).toMatchObject({ manager: "OUTER" });
      expect(stores.outer.find("a")?.value).toEqual(next);
      expect(stores.table.find("a")).toMatchObject({ state: "active" });
    },
  );

  test.each(["set", "create", "delete"] as const)(
    "%s continues once an unfinished deletion is completed",
    async (call) => {
      const { stores, manager } = await openWithOld(selected, "deleting", true);
      const calls = {
        set: () => manager.set("a", next),
        create: () => manager.create("a", next),
        delete: () => manager.delete("a"),
      };
      const outcome = await calls[call]();
      if (call === "delete") {
        expect(outcome).toBe(false);
        expect(stores.contents).toEqual({ rows: [], outer: [] });
      } else {
        expect(outcome).toMatchObject({ manager: selected });
        expect((await manager.get("a"))?.value).toEqual(next);
      }
    },
  );

  test("an update by a function is CONFLICT during a transition, and does not change it", async () => {
    const stores = new TwoStores();
    await (await stores.open("MEMORY")).create("a", value);
    const row = stores.table.find("a");
    if (row === undefined) throw new Error("There is no row.");
    stores.table.replace(row, { state: "moving", transitionId: "theirs", transitionStartedAt: new Date() });
    const manager = await stores.open(selected, { timeout: 300 });
    const refused = await failure(manager.update("a", () => next));
    expect(refused).toMatchObject({ code: "CONFLICT", reason: "IN_TRANSITION", retryable: true });
    expect((await manager.get("a"))?.value).toEqual(value);
  });
});

/** Of a process whose deletions at OUTER are refused as soon as it is let go on there. */
const refusing: Intercept = async ({ plugin, method }, run) => {
  if (plugin === "OUTER" && method === "delete") throw new SecretsError("PERMISSION_DENIED", "No.");
  return run();
};

test("a deletion that was taken over is not reverted by its process when the owner rejects it", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const first = new SuspendedProcess();
  const slow = await stores.open("OUTER", {
    intercept: (step, run) => first.intercept(step, () => refusing(step, run)),
  });
  const isSlow = first.suspendAt(({ plugin, method }) => plugin === "OUTER" && method === "delete");
  const deleting = failure(slow.delete("a"));
  await isSlow;

  // Whoever starts next finishes it.
  stores.age();
  const second = new SuspendedProcess();
  const isTakenOver = second.suspendAt(({ plugin, method }) => plugin === "OUTER" && method === "delete");
  const starting = stores.open("OUTER", { intercept: second.intercept });
  await isTakenOver;

  first.resume();
  expect(await deleting).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  const reader = await stores.open("OUTER");
  expect(await reader.get("a")).toBeUndefined();
  second.resume();
  await starting;
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("a deletion that another process completed does not continue, whatever was created since", async () => {
  const { stores, manager } = await openWithOld("OUTER", "deleting", true);
  const late = new SuspendedProcess();
  const suspended = late.suspendAt(({ method }) => method === "ownership.advance");
  const starting = stores.open("OUTER", { intercept: late.intercept });
  await suspended;
  expect(await manager.delete("a")).toBe(false);
  await manager.create("a", next);
  late.resume();
  await starting;
  expect((await manager.get("a"))?.value).toEqual(next);
});

test("a transition is recovered at the recovery age, and not before", async () => {
  for (const [recoveryAge, age, isFinished] of [
    [undefined, 110_000, false],
    [undefined, 120_000, true],
    [300_000, 290_000, false],
    [300_000, 300_000, true],
  ] as const) {
    const { stores, manager } = await openWithOld("OUTER", "creating", false);
    const row = stores.table.find("a");
    if (row === undefined) throw new Error("There is no row.");
    stores.table.replace(row, { transitionStartedAt: new Date(Date.now() - age) });
    const next = await stores.open("OUTER", { recoveryAge });
    expect(await next.get("a")).toBeUndefined();
    expect(stores.contents.rows, `${age} of ${recoveryAge}`).toEqual(isFinished ? [] : ["a"]);
    await manager.close();
  }
});

test.each(["creating", "moving"] as const)(
  "an unfinished transition (%s) does not read as absent while its manager is unavailable",
  async (state) => {
    const stores = new TwoStores();
    let isDown = true;
    const intercept: Intercept = async ({ plugin }, run) => {
      if (plugin === "OUTER" && isDown) throw new SecretsError("UNAVAILABLE", "It is down.");
      return run();
    };
    const manager = await stores.open("MEMORY", { intercept });
    stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
    stores.table.insert("a", { manager: "OUTER", state, transitionId: "1", path: "outer/a" }, undefined);
    stores.age();
    expect(await failure(manager.get("a"))).toMatchObject({ code: "UNAVAILABLE" });
    expect(await failure(manager.set("a", next))).toMatchObject({ code: "UNAVAILABLE" });
    isDown = false;
    expect((await manager.get("a"))?.value).toEqual(value);
  },
);
