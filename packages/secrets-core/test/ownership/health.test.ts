import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { expect, test } from "vitest";
import { migrateSecrets } from "../../src/index.ts";
import type { CallContext, Health } from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

/** Each manager has one secret; this is how they say that they are. */
async function openWith(selected: ManagerId, healths: Partial<Record<ManagerId, Health["status"]>>) {
  const stores = new TwoStores();
  await (await stores.open("MEMORY")).create("of-memory", value);
  await (await stores.open("OUTER")).create("of-outer", value);
  const intercept: Intercept = async ({ plugin, method }, run) => {
    const status = healths[plugin as ManagerId];
    if (method !== "check" || status === undefined) return run();
    return { status, problems: [{ code: "UNAVAILABLE", message: plugin }] };
  };
  return stores.open(selected, { intercept });
}

const cases: readonly [ManagerId, Partial<Record<ManagerId, Health["status"]>>, Health["status"]][] = [
  ["MEMORY", {}, "healthy"],
  ["MEMORY", { MEMORY: "degraded" }, "degraded"],
  ["MEMORY", { MEMORY: "unavailable" }, "unavailable"],
  // Without a manager that is not selected the others are served.
  ["MEMORY", { OUTER: "unavailable" }, "degraded"],
  ["MEMORY", { OUTER: "degraded" }, "degraded"],
  ["OUTER", { OUTER: "unavailable" }, "unavailable"],
  // Without its table nothing is served.
  ["OUTER", { MEMORY: "unavailable" }, "unavailable"],
  ["OUTER", { MEMORY: "degraded" }, "degraded"],
  ["OUTER", { OUTER: "degraded", MEMORY: "unavailable" }, "unavailable"],
];

test.each(cases)("with %s selected and %j, the health is %s", async (selected, healths, status) => {
  const manager = await openWith(selected, healths);
  const health = await manager.check();
  expect(health.status).toBe(status);
  expect(health.problems.map(({ message }) => message).sort()).toEqual(Object.keys(healths).sort());
});

test("a manager that is not selected degrades the health when its check fails", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const manager = await stores.open("MEMORY", {
    intercept: async ({ plugin, method }, run) => {
      if (plugin === "OUTER" && method === "check") throw new Error("It fell over.");
      return run();
    },
  });
  expect(await manager.check()).toMatchObject({ status: "degraded", problems: [{ code: "INTERNAL" }] });
});

test("check() is ABORTED when it is aborted during the check of a manager that is not selected", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const controller = new AbortController();
  const signals: AbortSignal[] = [];
  const manager = await stores.open("MEMORY", {
    intercept: async ({ plugin, method, args }, run) => {
      if (plugin !== "OUTER" || method !== "check") return run();
      signals.push((args.at(-1) as CallContext).signal);
      controller.abort();
      return new Promise<never>(() => {});
    },
  });
  expect(await failure(manager.check({ signal: controller.signal }))).toMatchObject({ code: "ABORTED" });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test("the signal of a manager that is not selected aborts at the timeout of its check", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const signals: AbortSignal[] = [];
  const manager = await stores.open("MEMORY", {
    timeout: 400,
    intercept: async ({ plugin, method, args }, run) => {
      if (plugin !== "OUTER" || method !== "check") return run();
      signals.push((args.at(-1) as CallContext).signal);
      return new Promise<never>(() => {});
    },
  });
  expect(await manager.check()).toMatchObject({ status: "degraded", problems: [{ code: "TIMEOUT" }] });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test("names that violate the grammar are counted separately, and the counts are kept for describe", async () => {
  const stores = new TwoStores();
  const manager = await stores.open("OUTER");
  await manager.create("a", value);
  stores.outer.insert("b/../c", { manager: "MEMORY", state: "active" }, value);
  stores.table.insert("/d", { manager: "MEMORY", state: "active" }, value);
  await (await stores.open("MEMORY")).create("e", value);
  expect(await manager.check({ count: true })).toMatchObject({
    count: 2,
    unlistedCount: 2,
    countByManager: { OUTER: 1, MEMORY: 1 },
  });
  expect(manager.describe().countByManager).toEqual({ OUTER: 1, MEMORY: 1 });
});

test("a manager that hangs and is not selected makes the health degraded, and not unavailable", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("of-outer", value);
  const manager = await stores.open("MEMORY", {
    timeout: 1_000,
    outer: { replaced: { check: () => new Promise(() => undefined) } },
  });
  const health = await manager.check({ count: true });
  expect(health).toMatchObject({ status: "degraded", problems: [{ code: "TIMEOUT" }], count: 1 });
  expect(health.problems[0]?.message).toMatch(/OUTER, which owns 1 of the secrets, did not respond/);
});

test("check() includes a manager that owns secrets since the start, until none are counted", async () => {
  const stores = new TwoStores();
  const down = {
    status: "unavailable",
    problems: [{ code: "UNAVAILABLE", message: "It is down." }],
  } as const;
  const manager = await stores.open("MEMORY", { outer: { replaced: { check: async () => down } } });
  await manager.create("a", value);
  expect(await manager.check()).toEqual({ status: "healthy", problems: [] });
  await migrateSecrets(manager, { to: "OUTER" });
  const degraded = { status: "degraded", problems: down.problems };
  expect(await manager.check()).toEqual(degraded);
  await migrateSecrets(manager, { to: "MEMORY" });
  expect(await manager.check({ count: true })).toMatchObject(degraded);
  expect(await manager.check()).toEqual({ status: "healthy", problems: [] });
  await migrateSecrets(manager, { to: "OUTER" });
  expect(await manager.check()).toEqual(degraded);
});
