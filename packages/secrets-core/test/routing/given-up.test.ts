import { expect, test } from "vitest";
import type { Intercept } from "../../../../tools/testing/intercepted-plugin.ts";
import { SecretsError, type SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

/** A manager whose call is aborted as soon as OUTER has carried out a change. */
async function openAborting(stores: TwoStores, signal: AbortController): Promise<SecretsManager> {
  const intercept: Intercept = async ({ plugin, method }, run) => {
    const result = await run();
    if (plugin === "OUTER" && (method === "write" || method === "delete")) signal.abort();
    return result;
  };
  return stores.open("OUTER", { intercept });
}

test("a creation that is given up once its value is written is finished, and told so", async () => {
  const stores = new TwoStores();
  const controller = new AbortController();
  const manager = await openAborting(stores, controller);
  const { signal } = controller;
  expect(await manager.create("a", value, { signal })).toMatchObject({ manager: "OUTER" });
  expect(stores.table.find("a")).toMatchObject({ state: "active" });
});

test("a deletion that is given up once its value is gone is finished, and told so", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const controller = new AbortController();
  const manager = await openAborting(stores, controller);
  const { signal } = controller;
  expect(await manager.delete("a", { signal })).toBe(true);
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("a creation that was refused is told as it was, even if its row cannot be taken back", async () => {
  const stores = new TwoStores();
  const intercept: Intercept = async ({ plugin, method }, run) => {
    if (plugin === "OUTER" && method === "write") throw new SecretsError("PERMISSION_DENIED", "No.");
    if (method === "references.remove") throw new SecretsError("UNAVAILABLE", "It is down.");
    return run();
  };
  const manager = await stores.open("OUTER", { intercept });
  expect(await failure(manager.create("a", value))).toMatchObject({ code: "PERMISSION_DENIED" });
  stores.age();
  await stores.open("OUTER");
  expect(stores.contents.rows).toEqual([]);
});

test("a deletion that is given up and refused gives the secret back", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const controller = new AbortController();
  const intercept: Intercept = async ({ plugin, method }, run) => {
    if (plugin !== "OUTER" || method !== "delete") return run();
    controller.abort();
    throw new SecretsError("PERMISSION_DENIED", "No.");
  };
  const manager = await stores.open("OUTER", { intercept });
  const { signal } = controller;
  expect(await failure(manager.delete("a", { signal }))).toMatchObject({ code: "PERMISSION_DENIED" });
  expect((await manager.get("a"))?.value).toEqual(value);
});

test("a creation whose answer is lost, and that cannot be looked up either, is OUTCOME_UNKNOWN", async () => {
  const stores = new TwoStores();
  const intercept: Intercept = async ({ plugin, method }, run) => {
    if (plugin !== "OUTER") return run();
    if (method === "write") throw new SecretsError("OUTCOME_UNKNOWN", "The answer is lost.");
    throw new SecretsError("UNAVAILABLE", "It is down.");
  };
  const manager = await stores.open("OUTER", { intercept });
  expect(await failure(manager.create("a", value))).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(stores.table.find("a")).toMatchObject({ state: "pending" });
});
