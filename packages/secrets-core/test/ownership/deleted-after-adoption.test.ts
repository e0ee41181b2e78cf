import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { expect, test } from "vitest";
import { isSecretsError, migrateSecrets, type SecretsManager } from "../../src/index.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

/** A value at OUTER without an entry, which is deleted there as soon as an entry is inserted for it. */
async function openWithVanishing(): Promise<{ stores: TwoStores; manager: SecretsManager }> {
  const stores = TwoStores.withUnknown(value);
  const intercept: Intercept = async ({ method }, run) => {
    const result = await run();
    if (method === "ownership.claim") stores.outer.remove("a");
    return result;
  };
  return { stores, manager: await stores.open("OUTER", { intercept }) };
}

const calls: readonly [call: string, run: (manager: SecretsManager) => Promise<unknown>, outcome: unknown][] =
  [
    ["get", (manager) => manager.get("a"), undefined],
    ["getMany", async (manager) => (await manager.getMany(["a"])).get("a"), { status: "absent" }],
    ["has", (manager) => manager.has("a"), false],
    ["update", (manager) => manager.update("a", value).catch(codeOf), "NOT_FOUND"],
    ["update by a function", (manager) => manager.update("a", () => value).catch(codeOf), "NOT_FOUND"],
    ["delete", (manager) => manager.delete("a"), false],
    [
      "migrateSecrets",
      async (manager) => {
        const { done, skipped, failed } = await migrateSecrets(manager, { to: "MEMORY" });
        return { done, skipped, failed };
      },
      { done: 0, skipped: 1, failed: 0 },
    ],
  ];

test.each(calls)(
  "%s leaves no entry for a value that disappears after its adoption",
  async (_call, run, outcome) => {
    const { stores, manager } = await openWithVanishing();
    expect(await run(manager)).toEqual(outcome);
    expect(stores.contents).toEqual({ rows: [], outer: [] });
    // No manager owns the name, so the next creation is at the selected manager.
    expect(await (await stores.open("MEMORY")).create("a", value)).toMatchObject({ manager: "MEMORY" });
  },
);

test("set() recreates a secret that disappears after its adoption", async () => {
  const { stores, manager } = await openWithVanishing();
  expect(await manager.set("a", { token: "b" })).toMatchObject({ manager: "OUTER" });
  expect(stores.contents).toEqual({ rows: ["a"], outer: ["a"] });
});

function codeOf(error: unknown): unknown {
  return isSecretsError(error) ? error.code : error;
}
