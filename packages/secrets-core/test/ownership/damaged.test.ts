import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { describe, expect, test } from "vitest";
import { SecretsError, type SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const next = Object.freeze({ token: "b" });

/** A secret of OUTER that fails to be read with this error. */
async function openUnreadable(
  error: SecretsError,
  intercept: Intercept = (_step, run) => run(),
): Promise<{ stores: TwoStores; manager: SecretsManager }> {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const manager = await stores.open("MEMORY", {
    intercept: (step, run) => {
      if (step.plugin === "OUTER" && step.method === "get") throw error;
      return intercept(step, run);
    },
  });
  return { stores, manager };
}

test("a value that cannot be decrypted is replaced, and one that cannot be reached is not", async () => {
  const damaged = await openUnreadable(new SecretsError("DECRYPTION_FAILED", "It does not open."));
  expect(await damaged.manager.set("a", next)).toMatchObject({ manager: "OUTER" });
  expect(damaged.stores.outer.find("a")?.value).toEqual(next);

  for (const code of ["UNAVAILABLE", "PERMISSION_DENIED"] as const) {
    const unreachable = await openUnreadable(new SecretsError(code, "No."));
    expect(await failure(unreachable.manager.set("a", next))).toMatchObject({ code });
    expect(unreachable.stores.outer.find("a")?.value).toEqual(value);
  }
});

const damage = new SecretsError("INVALID_VALUE", "It is damaged.");

test("a completed replacement succeeds, even if its entry cannot be unlocked", async () => {
  let changes = 0;
  const { stores, manager } = await openUnreadable(damage, ({ method }, run) => {
    if (method === "ownership.advance" && ++changes === 2) throw new SecretsError("UNAVAILABLE", "No.");
    return run();
  });
  expect(await manager.set("a", next)).toMatchObject({ manager: "OUTER" });
  // Whoever comes later gives it back.
  stores.age();
  const other = await stores.open("OUTER");
  expect(await other.update("a", value)).toMatchObject({ manager: "OUTER" });
});

test("an aborted replacement leaves no entry in a transition", async () => {
  const controller = new AbortController();
  const { stores, manager } = await openUnreadable(damage, async ({ plugin, method, args }, run) => {
    if (plugin === "OUTER" && method === "write") {
      controller.abort();
      (args.at(-1) as { readonly signal: AbortSignal }).signal.throwIfAborted();
    }
    return run();
  });
  await failure(manager.set("a", next, { signal: controller.signal }));
  await manager.close();
  expect(stores.table.find("a")).toMatchObject({ state: "active" });
});

describe.each([
  ["without has()", {}],
  ["whose has() fails, too", { has: async () => Promise.reject(damage) }],
])("a damaged value without an entry, of a manager %s", (_manager, replaced) => {
  const openUnknown = async () => {
    const stores = TwoStores.withUnknown(value);
    const get = async () => Promise.reject(damage);
    const manager = await stores.open("OUTER", { outer: { replaced: { ...replaced, get } } });
    return { stores, manager };
  };

  test("is replaced by set() and by update() with a value", async () => {
    for (const change of ["set", "update"] as const) {
      const { stores, manager } = await openUnknown();
      expect(await manager[change]("a", next)).toMatchObject({ manager: "OUTER" });
      expect(stores.outer.find("a")?.value).toEqual(next);
      expect(stores.table.find("a")).toMatchObject({ manager: "OUTER", state: "active" });
    }
  });

  test("is removed by delete(), which returns true", async () => {
    const { stores, manager } = await openUnknown();
    expect(await manager.delete("a")).toBe(true);
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });

  test("is not replaced by create()", async () => {
    const { stores, manager } = await openUnknown();
    expect(await failure(manager.create("a", next))).toMatchObject({ code: "ALREADY_EXISTS" });
    expect(stores.outer.find("a")?.value).toEqual(value);
  });
});
