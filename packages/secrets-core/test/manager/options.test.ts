import { describe, expect, test } from "vitest";
import { createSecretsManager, type SecretsManager } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import { plantedValue } from "../planted.ts";
import { openMemory } from "../support/open-manager.ts";

type Call = (manager: SecretsManager, options: never) => unknown;

const calls: readonly [name: string, run: Call][] = [
  ["create", (manager, options) => manager.create("a", plantedValue(), options)],
  ["set", (manager, options) => manager.set("a", plantedValue(), options)],
  ["get", (manager, options) => manager.get("a", options)],
  ["getMany", (manager, options) => manager.getMany(["a"], options)],
  ["getMany of no name", (manager, options) => manager.getMany([], options)],
  ["has", (manager, options) => manager.has("a", options)],
  ["update", (manager, options) => manager.update("a", plantedValue(), options)],
  ["delete", (manager, options) => manager.delete("a", options)],
  ["list", (manager, options) => manager.list(options)],
  ["check", (manager, options) => manager.check(options)],
  ["close", (manager, options) => manager.close(options)],
];

describe.each(calls)("the options of %s", (name, run) => {
  const call = async (options: unknown) => run(await openMemory(), options as never);

  test("are refused when one is misspelt, naming the known ones", async () => {
    await expect(call({ signl: undefined })).rejects.toThrow(TypeError);
    await expect(call({ signl: undefined })).rejects.toThrow(/no option `signl`. Its options: /);
  });

  test.each([null, "a", 5, [], () => {}])("are refused when they are no object: %s", async (options) => {
    await expect(call(options)).rejects.toThrow(TypeError);
  });

  test("may be left out, or be undefined", async () => {
    const manager = await openMemory();
    await manager.create("a", { n: 1 });
    if (name === "create") await manager.delete("a");
    await run(manager, undefined as never);
  });
});

describe.each(calls.filter(([name]) => name !== "close"))("the signal of %s", (_name, run) => {
  test.each([{}, new AbortController(), null, "signal"])("cannot be %s", async (signal) => {
    const manager = await openMemory();
    await expect((async () => run(manager, { signal } as never))()).rejects.toThrow(/signal/);
  });
});

test("a write that is refused for its options writes nothing", async () => {
  const manager = await openMemory();
  await expect(manager.create("a", plantedValue(), { ifVersion: "1" } as never)).rejects.toThrow(TypeError);
  expect(await manager.has("a")).toBe(false);
});

describe("the options of createSecretsManager", () => {
  const plugins = [memoryPlugin()];
  const create = (options: object) =>
    createSecretsManager({ plugins, manager: "MEMORY", env: {}, ...options } as never);

  test.each([0, -1, 1.5, 60_001, Number.NaN, "1000", null])("refuse the timeout %s", async (timeout) => {
    await expect(create({ timeout })).rejects.toThrow(TypeError);
  });

  test.each([1, 30_000, 60_000, undefined])("accept the timeout %s", async (timeout) => {
    await (await create({ timeout })).close();
  });

  test.each<[object]>([
    [{ maxAge: 0 }],
    [{ maxAge: 86_400_001 }],
    [{ maxAge: "1" }],
    [{}],
    [{ maxAge: 1, maxEntries: 0 }],
    [{ maxAge: 1, maxEntries: 1.5 }],
    [{ maxAge: 1, size: 5 }],
  ])("refuse the cache %j", async (cache) => {
    await expect(create({ cache })).rejects.toThrow(TypeError);
  });

  test.each<[object]>([
    [{ plugin: [] }],
    [{ signal: {} }],
    [{ plugins: memoryPlugin() }],
    [{ plugins: undefined }],
  ])("refuse %j", async (options) => {
    await expect(create(options)).rejects.toThrow(TypeError);
  });

  test.each([undefined, null, []])("must be an object: %s", async (options) => {
    await expect(createSecretsManager(options as never)).rejects.toThrow(TypeError);
  });
});

describe("the timeout of close", () => {
  test.each([-1, 60_001, 1.5, "5", null])("cannot be %s", async (timeout) => {
    const manager = await openMemory();
    expect(() => manager.close({ timeout } as never)).toThrow(TypeError);
    await manager.create("still", { open: true });
  });
});
