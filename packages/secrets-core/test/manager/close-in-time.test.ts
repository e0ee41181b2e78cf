import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSecretsManager, type SecretsManager } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import {
  backend,
  defineKind,
  definePlugin,
  type Plugin,
  type SecretsBackend,
  slot,
} from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";
import { outerPlugin, TwoStores } from "../support/two-stores.ts";

const never = () => new Promise<never>(() => {});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** What a promise resolved to after so many milliseconds. Undefined: it is pending. */
async function after<Result>(milliseconds: number, work: Promise<Result>): Promise<Result | undefined> {
  let result: Result | undefined;
  void work.then((settled) => {
    result = settled;
  });
  await vi.advanceTimersByTimeAsync(milliseconds);
  return result;
}

/** A plugin whose backend has a product in a slot. */
function withSlot(parts: { backend?: Partial<SecretsBackend>; product: object }): readonly Plugin[] {
  const part = defineKind<object>("part");
  return [
    definePlugin({
      kind: backend,
      id: "WHOLE",
      contractVersion: 1,
      settings: { part: slot(part, { variable: "PART", default: "PART" }) },
      create: () => fakeBackend(parts.backend),
    }),
    definePlugin({ kind: part, id: "PART", contractVersion: 1, settings: {}, create: () => parts.product }),
  ];
}

describe("close({ timeout }) ends within its timeout", () => {
  test("although a plugin never closes, and names the plugin", async () => {
    const manager = await openBackend(fakeBackend({ close: never }));
    const closing = failure(manager.close({ timeout: 800 }));

    expect(await after(799, closing)).toBeUndefined();
    const error = await after(1, closing);

    expect(error).toMatchObject({
      code: "TIMEOUT",
      reason: "CLOSE_NOT_ENDED",
      operation: "close",
      manager: "FAKE",
      retryable: false,
    });
    expect(error?.message).toContain("The plugin FAKE did not close within the 800 ms of the close.");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("although a call ignores its signal: the plugin has the last quarter", async () => {
    let closedAt = 0;
    const manager = await openBackend(
      fakeBackend({
        write: never,
        close: async () => {
          closedAt = Date.now();
        },
      }),
      { timeout: 60_000 },
    );
    const write = failure(manager.set("a", plantedValue()));
    const startedAt = Date.now();
    const closing = manager.close({ timeout: 800 }).then(() => "closed");

    expect(await after(599, write)).toBeUndefined();
    expect((await after(1, write))?.code).toBe("OUTCOME_UNKNOWN");
    expect(await after(0, closing)).toBe("closed");
    expect(closedAt - startedAt).toBe(600);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("although a change was aborted by its caller before, and both never end", async () => {
    const controller = new AbortController();
    const manager = await openBackend(fakeBackend({ write: never, close: never }), { timeout: 60_000 });
    const write = failure(manager.set("a", plantedValue(), { signal: controller.signal }));
    controller.abort();
    const closing = failure(manager.close({ timeout: 400 }));

    expect((await after(400, closing))?.reason).toBe("CLOSE_NOT_ENDED");
    expect((await write).code).toBe("OUTCOME_UNKNOWN");
  });

  test("and gives changes in progress the deadline by which they must know their outcome", async () => {
    let left = 0;
    const manager = await openBackend(
      fakeBackend({
        write: (_name, _value, _options, context) =>
          new Promise((_resolve, reject) => {
            context.signal.addEventListener("abort", () => {
              left = context.deadline - Date.now();
              reject(context.signal.reason);
            });
          }),
      }),
    );
    const write = failure(manager.set("a", plantedValue()));
    const closing = manager.close({ timeout: 800 }).then(() => "closed");

    expect(await after(400, closing)).toBe("closed");
    expect((await write).code).toBe("ABORTED");
    expect(left).toBe(200);
  });

  test("keeps two seconds at most for the plugins", async () => {
    const manager = await openBackend(fakeBackend({ get: never, close: never }), { timeout: 60_000 });
    const read = failure(manager.get("a"));
    const closing = failure(manager.close({ timeout: 20_000 }));

    expect(await after(17_999, read)).toBeUndefined();
    expect((await after(1, read))?.code).toBe("ABORTED");
    expect(await after(1_999, closing)).toBeUndefined();
    expect((await after(1, closing))?.reason).toBe("CLOSE_NOT_ENDED");
  });

  test("names every plugin that has not closed, the products of slots included", async () => {
    const plugins = withSlot({ backend: { close: never }, product: { close: never } });
    const manager = await createSecretsManager({ plugins, manager: "WHOLE", env: {} });
    const error = await after(500, failure(manager.close({ timeout: 500 })));

    expect(error).toMatchObject({ reason: "CLOSE_NOT_ENDED", manager: "WHOLE" });
    expect(error?.message).toContain("The plugins WHOLE, PART did not close");
  });

  test("gives each plugin its share of the time, and the rest to one that is late", async () => {
    const events: string[] = [];
    const plugins = withSlot({
      backend: {
        close: () => new Promise((resolve) => setTimeout(resolve, 900)).then(() => void events.push("whole")),
      },
      product: { close: async () => void events.push("part") },
    });
    const manager = await createSecretsManager({ plugins, manager: "WHOLE", env: {} });
    const closing = manager.close({ timeout: 1_000 }).then(() => "closed");

    expect(await after(500, closing)).toBeUndefined();
    expect(events).toEqual(["part"]);
    expect(await after(400, closing)).toBe("closed");
    expect(events).toEqual(["part", "whole"]);
  });

  test("although a manager that was opened for an entry never closes", async () => {
    const stores = new TwoStores();
    const before = await stores.open("OUTER");
    await before.create("a", plantedValue());
    await before.close();
    const manager = await stores.open("MEMORY", { outer: { replaced: { close: never } } });
    await manager.get("a");
    const error = await after(600, failure(manager.close({ timeout: 600 })));

    expect(error).toMatchObject({ reason: "CLOSE_NOT_ENDED", manager: "OUTER" });
  });

  test("although a manager never opens for an entry: what opens late is closed", async () => {
    const stores = new TwoStores();
    const before = await stores.open("OUTER");
    await before.create("a", plantedValue());
    await before.close();
    const product = Promise.withResolvers<SecretsBackend>();
    let closed = 0;
    const slow: Plugin<SecretsBackend> = Object.create(outerPlugin(stores.outer), {
      create: { value: () => product.promise },
    });
    const manager = await createSecretsManager({
      plugins: [memoryPlugin({ store: stores.table }), slow],
      manager: "MEMORY",
      env: {},
      logger: { warn: () => {} },
    });
    const read = failure(manager.get("a"));
    await vi.advanceTimersByTimeAsync(0);
    const closing = manager.close({ timeout: 400 }).then(() => "closed");

    expect(await after(400, closing)).toBe("closed");
    expect((await read).code).toBe("ABORTED");
    product.resolve(fakeBackend({ close: async () => void closed++ }));
    await vi.waitFor(() => expect(closed).toBe(1));
  });

  test("with the failure of a plugin as the cause, when another one never closes", async () => {
    const plugins = withSlot({
      backend: { close: never },
      product: { close: () => Promise.reject(Object.assign(new Error(plantedText()), { code: "EPIPE" })) },
    });
    const manager = await createSecretsManager({ plugins, manager: "WHOLE", env: {} });
    const error = await after(500, failure(manager.close({ timeout: 500 })));

    expect(error?.reason).toBe("CLOSE_NOT_ENDED");
    expect(error?.cause).toMatchObject({ code: "INTERNAL" });
  });
});

describe("close({ timeout: 0 })", () => {
  test("aborts calls in progress at once, and gives plugins the default time", async () => {
    const manager: SecretsManager = await openBackend(fakeBackend({ get: never, close: never }));
    const read = failure(manager.get("a"));
    const closing = failure(manager.close({ timeout: 0 }));

    expect((await after(0, read))?.code).toBe("ABORTED");
    expect(await after(9_999, closing)).toBeUndefined();
    expect((await after(1, closing))?.reason).toBe("CLOSE_NOT_ENDED");
  });
});

describe("a failed start", () => {
  test("does not wait for a plugin that never closes longer than five seconds", async () => {
    const plugins = withSlot({ product: { close: never } });
    const [whole, part] = plugins;
    const failing: Plugin = Object.create(whole as Plugin, {
      create: {
        value: () => Promise.reject(Object.assign(new Error(plantedText()), { code: "ECONNREFUSED" })),
      },
    });
    const start = failure(
      createSecretsManager({ plugins: [failing, part as Plugin], manager: "WHOLE", env: {} }),
    );

    expect(await after(4_999, start)).toBeUndefined();
    expect(await after(1, start)).toMatchObject({ code: "INTERNAL", cause: { code: "ECONNREFUSED" } });
    expect(vi.getTimerCount()).toBe(0);
  });
});
