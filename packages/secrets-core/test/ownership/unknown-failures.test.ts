import { describe, expect, test } from "vitest";
import { migrateSecrets, SecretsError } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

/** Errors that do not say what became of a change. */
const unknown = [
  ["OUTCOME_UNKNOWN", () => new SecretsError("OUTCOME_UNKNOWN", "The answer is lost.")],
  ["INTERNAL", () => new SecretsError("INTERNAL", "The plugin is at its wits' end.")],
  ["INTERNAL", () => new Error("This error is unknown.")],
] as const;

describe.each(unknown)("after %s", (code, error) => {
  /** A process whose changes at OUTER fail or are executed, without an answer. */
  const failing = (stores: TwoStores, isCarriedOut: boolean) =>
    stores.open("OUTER", {
      intercept: async ({ plugin, method }, run) => {
        if (plugin !== "OUTER" || (method !== "write" && method !== "delete")) return run();
        if (isCarriedOut) await run();
        throw error();
      },
    });

  test("a deletion reads as one, and locks the name until it is executed", async () => {
    const stores = new TwoStores();
    await (await stores.open("OUTER")).create("a", value);
    const manager = await failing(stores, false);
    expect(await failure(manager.delete("a"))).toMatchObject({ code });
    const other = await stores.open("OUTER", { timeout: 300 });
    expect(await other.get("a")).toBeUndefined();
    expect(await failure(other.set("a", value))).toMatchObject({ code: "CONFLICT", reason: "IN_TRANSITION" });
    stores.age();
    await stores.open("OUTER");
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });

  test("a creation succeeds when its value is read, and otherwise locks the name until it may have been executed", async () => {
    const stores = new TwoStores();
    expect(await (await failing(stores, true)).create("seen", value)).toMatchObject({ manager: "OUTER" });
    const manager = await failing(stores, false);
    expect(await failure(manager.create("a", value))).toMatchObject({ code });
    stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
    stores.age();
    expect(await (await stores.open("MEMORY")).get("a")).toMatchObject({ manager: "OUTER", value });
  });

  test("a move leaves a copy that the table records, and that is deleted with the secret", async () => {
    for (const isCarriedOut of [true, false]) {
      const stores = new TwoStores();
      await (await stores.open("MEMORY")).create("a", value);
      const manager = await failing(stores, isCarriedOut);
      const report = await migrateSecrets(manager, { to: "OUTER" });
      expect(report.failures[0]?.error).toMatchObject({ code });
      const other = await stores.open("MEMORY");
      expect(await other.get("a")).toMatchObject({ manager: "MEMORY", value });
      // The same move goes on over what may be there.
      expect(await migrateSecrets(other, { to: "OUTER" })).toMatchObject({ done: 1, failed: 0 });
      expect(await other.delete("a")).toBe(true);
      expect(stores.contents).toEqual({ rows: [], outer: [] });
    }
  });
});
