import { describe, expect, test } from "vitest";
import { createSecretsManager, type SecretsManager } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

type Run = (manager: SecretsManager) => Promise<unknown>;

const get: Run = (manager) => manager.get("a");
const create: Run = (manager) => manager.create("b", plantedValue());
const remove: Run = (manager) => manager.delete("a");
const list: Run = (manager) => Array.fromAsync(manager.list());
const getMany: Run = async (manager) => {
  const result = (await manager.getMany(["a"])).get("a");
  if (result?.status === "failed") throw result.error;
  return result;
};
const active = { name: "a", manager: "MEMORY", state: "active" };

/** A member of the ownership store, what it returns in place of its answer, the call, and what the error says. */
const wrongAnswers: readonly (readonly [string, unknown, Run, string])[] = [
  ["read", null, get, "`ownership.read()` must be an object. Received: null."],
  ["read", { ...active, name: "b" }, get, "`ownership.read().name` must be the name that was requested."],
  ["read", { ...active, manager: 1 }, get, "`ownership.read().manager` must be the id of the owner."],
  ["read", { ...active, state: "idle" }, get, "`ownership.read().state` must be a state of the contract."],
  ["read", { ...active, state: "locked" }, get, "`ownership.read().transitionId` must be a string in every"],
  ["read", { ...active, secret: { name: "a", value: {} } }, get, "`get().version` must be a string"],
  ["find", plantedText(), remove, "`ownership.find()` must be an object. Received: a string."],
  ["readMany", [], getMany, "`ownership.readMany()` must return a Map. Received: an array."],
  ["readMany", new Map(), getMany, "`ownership.readMany()` must have a result for each name."],
  ["claim", 1, create, "`ownership.claim()` must return true or false. Received: a number."],
  ["advance", undefined, remove, "`ownership.advance()` must return true or false. Received: undefined."],
];

describe("a wrong answer of an ownership store is an error that names the member and quotes nothing", () => {
  test.each(wrongAnswers)("ownership.%s(): %o", async (member, answer, run, message) => {
    const stores = new TwoStores();
    const before = await stores.open("OUTER");
    await before.create("a", plantedValue());
    await before.close();
    let isBroken = false;
    const manager = await stores.open("OUTER", {
      intercept: async ({ method }, call) => (isBroken && method === `ownership.${member}` ? answer : call()),
    });
    isBroken = true;
    const error = await failure(run(manager));

    expect(error).toMatchObject({ code: "INTERNAL", reason: "PLUGIN_BROKEN", manager: "MEMORY" });
    expect(error.message).toContain(`The plugin MEMORY violates its contract: ${message}`);
    isBroken = false;
    await manager.close();
  });

  test.each([
    ["list", () => streamOf([plantedText()]), "`ownership.list()[]` must be an object. Received: a string."],
    ["list", () => undefined, "`ownership.list()` must return an AsyncIterable, such as an async generator."],
    ["list", async () => [], "`ownership.list()` must return an AsyncIterable"],
  ])("ownership.%s(): %o", async (member, answer, message) => {
    const memory = memoryPlugin();
    const broken: typeof memory = Object.create(memory, {
      create: {
        value: async (...args: Parameters<typeof memory.create>) => {
          const product = await memory.create(...args);
          Object.assign(product.ownership ?? {}, { [member]: answer });
          return product;
        },
      },
    });
    const manager = await createSecretsManager({ plugins: [broken], manager: "MEMORY", env: {} });
    const error = await failure(list(manager));

    expect(error).toMatchObject({ code: "INTERNAL", reason: "PLUGIN_BROKEN", manager: "MEMORY" });
    expect(error.message).toContain(message);
  });
});

test("a path that is no string is an error of the manager, and nothing is recorded", async () => {
  const stores = new TwoStores();
  const manager = await stores.open("OUTER", { outer: { replaced: { path: () => 1 as never } } });
  const error = await failure(create(manager));

  expect(error).toMatchObject({ code: "INTERNAL", reason: "PLUGIN_BROKEN", manager: "OUTER" });
  expect(error.message).toContain("`path()` must return a string. Received: a number.");
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

async function* streamOf(entries: readonly unknown[]): AsyncGenerator<never> {
  for (const entry of entries) yield entry as never;
}
