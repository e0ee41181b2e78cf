import { expect, test } from "vitest";
import { createSecretsManager, type SecretsManager } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import type { Plugin, SecretsBackend } from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { ThreeStores } from "../support/three-stores.ts";
import { type OuterOptions, outerPlugin, TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

/** A process that has MEMORY selected, and that opens OUTER at the first row of it. */
async function openWith(
  opening: (create: () => Promise<SecretsBackend>) => Promise<SecretsBackend>,
  replaced: OuterOptions["replaced"] = {},
): Promise<SecretsManager> {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const outer = outerPlugin(stores.outer, { replaced });
  const slow: Plugin<SecretsBackend> = Object.create(outer, {
    create: {
      value: (...args: Parameters<typeof outer.create>) => opening(async () => outer.create(...args)),
    },
  });
  return createSecretsManager({
    plugins: [memoryPlugin({ store: stores.table }), slow],
    manager: "MEMORY",
    env: {},
    logger: recordedLogger(),
  });
}

test("a manager that is not selected opens once, at its first entry, for any number of concurrent calls", async () => {
  let opened = 0;
  const manager = await openWith((create) => {
    opened++;
    return create();
  });
  expect(await manager.get("none")).toBeUndefined();
  expect(opened).toBe(0);
  await Promise.all([manager.get("a"), manager.has("a"), manager.getMany(["a"])]);
  await manager.get("a");
  expect(opened).toBe(1);
});

test("a manager that does not open is opened again by the next call", async () => {
  let attempts = 0;
  const manager = await openWith((create) => {
    if (++attempts === 1) throw new Error("It does not open.");
    return create();
  });
  expect(await failure(manager.get("a"))).toMatchObject({ code: "INTERNAL", manager: "OUTER" });
  expect((await manager.get("a"))?.value).toEqual(value);
});

test("close() closes a manager that was opened for an entry, also one that is still opening", async () => {
  for (const isStillOpening of [false, true]) {
    let closed = 0;
    const begun = Promise.withResolvers<void>();
    const going = Promise.withResolvers<void>();
    const manager = await openWith(
      async (create) => {
        begun.resolve();
        if (isStillOpening) await going.promise;
        return create();
      },
      {
        close: async () => {
          closed++;
        },
      },
    );
    const controller = new AbortController();
    const reading = manager.get("a", { signal: controller.signal }).catch(() => undefined);
    await begun.promise;
    if (isStillOpening) controller.abort();
    await reading;
    const closing = manager.close();
    going.resolve();
    await closing;
    expect(closed).toBe(1);
  }
});

test("close() reports a manager that was opened for an entry and could not be closed", async () => {
  const manager = await openWith((create) => create(), {
    close: async () => {
      throw new Error("It does not end.");
    },
  });
  await manager.get("a");
  expect(await failure(manager.close())).toMatchObject({ code: "INTERNAL", manager: "OUTER" });
});

test("close() closes every manager, whichever fails to close", async () => {
  const stores = new ThreeStores();
  await (await stores.open("OUTER")).create("a", value);
  await (await stores.open("THIRD")).create("b", value);
  const ended: string[] = [];
  const plugins = ["OUTER", "THIRD"].map((id) => {
    const close = async () => {
      ended.push(id);
      throw new Error("It does not end.");
    };
    const plugin = outerPlugin(id === "OUTER" ? stores.outer : stores.third, { replaced: { close } });
    return Object.create(plugin, { id: { value: id } });
  });
  const manager = await createSecretsManager({
    plugins: [memoryPlugin({ store: stores.table }), ...plugins],
    manager: "MEMORY",
    env: {},
    logger: recordedLogger(),
  });
  for (const name of ["a", "b"]) expect((await manager.get(name))?.value).toEqual(value);
  await failure(manager.close());
  expect(ended.sort()).toEqual(["OUTER", "THIRD"]);
});
