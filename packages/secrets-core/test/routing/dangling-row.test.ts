import { describe, expect, test } from "vitest";
import type { Intercept } from "../../../../tools/testing/intercepted-plugin.ts";
import type { SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "old" });
const next = Object.freeze({ token: "new" });

/** A row that says that OUTER has the secret, where somebody without the table deleted it. */
function dangling(): TwoStores {
  const stores = new TwoStores();
  stores.table.insert("a", { manager: "OUTER", state: "active", path: "outer/a" }, undefined);
  return stores;
}

/** Somebody puts the value back, as from a backup, just before a step; once. */
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

function namesOf(manager: SecretsManager): Promise<string[]> {
  return Array.fromAsync(manager.list(), ({ name }) => name);
}

describe("a row whose value is gone", () => {
  test("reads as absent, and the name can be created and set anew", async () => {
    for (const selected of ["MEMORY", "OUTER"] as const) {
      for (const call of ["create", "set"] as const) {
        const manager = await dangling().open(selected);
        expect(await manager.get("a")).toBeUndefined();
        expect(await manager.has("a")).toBe(false);
        // Only the selected manager is asked for each.
        expect(await namesOf(manager)).toEqual(selected === "OUTER" ? [] : ["a"]);
        expect((await failure(manager.update("a", next))).code).toBe("NOT_FOUND");
        expect(await manager[call]("a", next)).toMatchObject({ manager: selected });
        expect((await manager.get("a"))?.value).toEqual(next);
      }
    }
  });

  test.each(["MEMORY", "OUTER"] as const)(
    "is not cleared for a creation when the value is back by then, with %s selected",
    async (selected) => {
      const stores = dangling();
      const manager = await stores.open(selected, {
        intercept: restoredBefore(stores, "references.advance"),
      });
      expect(await failure(manager.create("a", next))).toMatchObject({ code: "ALREADY_EXISTS" });
      expect((await manager.get("a"))?.value).toEqual(value);
    },
  );

  test.each(["get", "has", "set", "update", "delete"] as const)(
    "is followed by %s when the value is back by the look that decides",
    async (call) => {
      const stores = dangling();
      const manager = await stores.open("OUTER", { intercept: restoredBefore(stores, "references.advance") });
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
});
