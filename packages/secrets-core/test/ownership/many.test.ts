import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { describe, expect, test } from "vitest";
import { migrateSecrets, SecretsError, type SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const names = ["of-memory", "of-outer", "none", "unknown"];

/** A secret of each manager, and a value at OUTER that the table does not know. */
async function filledStores(): Promise<TwoStores> {
  const stores = new TwoStores();
  await (await stores.open("MEMORY")).create("of-memory", value);
  await (await stores.open("OUTER")).create("of-outer", value);
  stores.outer.insert("unknown", { manager: "MEMORY", state: "active" }, value);
  return stores;
}

/** The result for each name: its status, or the code of its error. */
async function statuses(manager: SecretsManager, asked = names): Promise<Record<string, string>> {
  const entries = [...(await manager.getMany(asked))].map(([name, result]) => [
    name,
    result.status === "failed" ? result.error.code : result.status,
  ]);
  return Object.fromEntries(entries);
}

const down = () => new SecretsError("UNAVAILABLE", "It is down.");

test("names of a manager that is down fail, and the others are found", async () => {
  const intercept: Intercept = async ({ plugin }, run) => {
    if (plugin === "OUTER") throw down();
    return run();
  };
  const stores = await filledStores();
  expect(await statuses(await stores.open("OUTER", { intercept }))).toEqual({
    "of-memory": "found",
    "of-outer": "UNAVAILABLE",
    none: "UNAVAILABLE",
    unknown: "UNAVAILABLE",
  });
  expect(await statuses(await stores.open("MEMORY", { intercept }))).toMatchObject({
    "of-memory": "found",
    "of-outer": "UNAVAILABLE",
  });
});

test("names of a manager that cannot be asked for many, or that is not installed, fail alone", async () => {
  const stores = await filledStores();
  const row = { manager: "VAULT", state: "active", path: "secret/data/a" } as const;
  stores.table.insert("elsewhere", row, undefined);
  const getMany = async () => {
    throw new Error("It fell over.");
  };
  const manager = await stores.open("MEMORY", { outer: { replaced: { getMany } } });
  expect(await statuses(manager, ["elsewhere", ...names])).toEqual({
    elsewhere: "INVALID_CONFIGURATION",
    "of-memory": "found",
    "of-outer": "INTERNAL",
    none: "absent",
    unknown: "absent",
  });
});

test("one secret that cannot be read fails, and the others are found", async () => {
  const stores = await filledStores();
  await (await stores.open("OUTER")).create("damaged", value);
  const row = stores.outer.find("damaged");
  if (row !== undefined) stores.outer.replace(row, { value: [] as never });
  stores.table.insert("kept", { manager: "MEMORY", state: "active" }, [] as never);
  const manager = await stores.open("OUTER");
  expect(await statuses(manager, ["damaged", "kept", ...names])).toEqual({
    damaged: "INVALID_VALUE",
    kept: "INVALID_VALUE",
    "of-memory": "found",
    "of-outer": "found",
    none: "absent",
    unknown: "found",
  });
});

test("an entry that cannot be read fails only its name", async () => {
  const stores = await filledStores();
  const manager = await stores.open("OUTER", {
    intercept: async ({ method }, run) => {
      const answer = await run();
      if (method !== "ownership.readMany") return answer;
      return new Map(answer as Map<string, unknown>).set("of-outer", { status: "failed", error: down() });
    },
  });
  expect(await statuses(manager)).toEqual({
    "of-memory": "found",
    "of-outer": "UNAVAILABLE",
    none: "absent",
    unknown: "found",
  });
});

test("a repeated read that fails affects only its name", async () => {
  const stores = await filledStores();
  const manager = await stores.open("OUTER", {
    intercept: async ({ method }, run) => {
      if (method === "ownership.claim") throw down();
      return run();
    },
  });
  expect(await statuses(manager)).toEqual({
    "of-memory": "found",
    "of-outer": "found",
    none: "absent",
    unknown: "UNAVAILABLE",
  });
});

describe("during a transition of another process", () => {
  test("a secret in deletion is absent even if its manager still has it", async () => {
    const stores = await filledStores();
    const row = stores.table.find("of-outer");
    if (row === undefined) throw new Error("There is no row.");
    const change = { transitionId: "theirs", transitionStartedAt: new Date() };
    stores.table.replace(row, { ...change, state: "deleting" });
    for (const selected of ["MEMORY", "OUTER"] as const) {
      expect(await statuses(await stores.open(selected))).toMatchObject({ "of-outer": "absent" });
    }
  });

  test("a secret that moves between the reads of its entry and its owner is found", async () => {
    const stores = await filledStores();
    const mover = await stores.open("OUTER");
    let isMoved = false;
    const intercept: Intercept = async ({ plugin, method }, run) => {
      if (plugin === "OUTER" && method === "get" && !isMoved) {
        isMoved = true;
        await migrateSecrets(mover, { to: "MEMORY", prefix: "of-outer" });
        stores.outer.remove("of-outer");
      }
      return run();
    };
    expect(await statuses(await stores.open("MEMORY", { intercept }), ["of-outer"])).toEqual({
      "of-outer": "found",
    });
  });
});

test("a call that is aborted is ABORTED, and does not return failed names", async () => {
  const stores = await filledStores();
  for (const step of ["OUTER get", "MEMORY ownership.claim"]) {
    const controller = new AbortController();
    const { signal } = controller;
    const manager = await stores.open("OUTER", {
      intercept: async ({ plugin, method }, run) => {
        if (`${plugin} ${method}` !== step) return run();
        controller.abort();
        throw down();
      },
    });
    expect(await failure(manager.getMany(names, { signal }))).toMatchObject({ code: "ABORTED" });
  }
});
