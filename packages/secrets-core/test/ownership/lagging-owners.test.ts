import { type Intercept, interceptedPlugin } from "@archestra/test-harness/intercepted-plugin";
import { expect, test } from "vitest";
import { createSecretsManager, migrateSecrets } from "../../src/index.ts";
import type { CallContext, StoredSecret } from "../../src/plugin.ts";
import { outerPlugin, TwoStores } from "../support/two-stores.ts";

const old = { n: 1 };
const latest = { n: 2 };

/** A manager at OUTER whose next reads are answered by a node that lags behind, unless they ask for the latest state. */
function lagging(stale: StoredSecret | undefined, times = Number.POSITIVE_INFINITY): Intercept {
  let left = times;
  return async ({ plugin, method, args }, run) => {
    const isRead = plugin === "OUTER" && method === "get";
    if (!isRead || (args[1] as CallContext).latest === true || left-- <= 0) return run();
    return stale;
  };
}

async function openOwned(stale: StoredSecret | undefined, times?: number) {
  const stores = new TwoStores();
  const writer = await stores.open("OUTER");
  const { version } = await writer.create("a", latest);
  const manager = await stores.open("OUTER", { intercept: lagging(stale, times) });
  return { stores, manager, version: String(version), writer };
}

test("get() finds a secret that has an entry and that a lagging node does not have yet", async () => {
  const { manager } = await openOwned(undefined, 1);
  expect((await manager.get("a"))?.value).toEqual(latest);
});

test("get() does not adopt a secret that only a lagging node still has", async () => {
  const stores = new TwoStores();
  const manager = await stores.open("OUTER", { intercept: lagging({ name: "a", version: "1", value: old }) });
  expect(await manager.get("a")).toBeUndefined();
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("update() with a function gets the latest value", async () => {
  const { manager, writer } = await openOwned({ name: "a", version: "1", value: old });
  await manager.update("a", ({ n }) => ({ n: Number(n) + 1 }));
  expect((await writer.get("a"))?.value).toEqual({ n: 3 });
});

test("update() with a function gets the latest value of a sole store without conditional writes", async () => {
  const stores = new TwoStores({ conditionalWrites: false });
  const plugin = outerPlugin(stores.outer, stores.outerOptions);
  const open = (one: typeof plugin) => createSecretsManager({ plugins: [one], manager: "OUTER", env: {} });
  const writer = await open(plugin);
  await writer.create("a", latest);
  const manager = await open(interceptedPlugin(plugin, lagging({ name: "a", version: "1", value: old })));
  await manager.update("a", ({ n }) => ({ n: Number(n) + 1 }));
  expect((await writer.get("a"))?.value).toEqual({ n: 3 });
});

test("delete() under a version decides by the latest state", async () => {
  const { manager, stores, version } = await openOwned(undefined);
  expect(await manager.delete("a", { ifVersion: version })).toBe(true);
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("migrateSecrets() moves the latest value", async () => {
  const { manager, writer } = await openOwned({ name: "a", version: "1", value: old });
  expect(await migrateSecrets(manager, { to: "MEMORY" })).toMatchObject({ done: 1, failed: 0 });
  expect((await writer.get("a"))?.value).toEqual(latest);
});
