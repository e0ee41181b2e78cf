import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSecretsManager } from "../../src/index.ts";
import {
  backend,
  defineKind,
  definePlugin,
  openStandalone,
  type Plugin,
  type PluginContext,
  type SecretsBackend,
  SecretsError,
  slot,
} from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";

type Create = (context: PluginContext) => SecretsBackend | Promise<SecretsBackend>;

const never = () => new Promise<never>(() => {});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function openingPlugin(create: Create): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "FAKE",
    contractVersion: 1,
    settings: {},
    create: (_settings, context) => create(context),
  });
}

const start = (create: Create, options: { startTimeout?: number; signal?: AbortSignal } = {}) =>
  createSecretsManager({ plugins: [openingPlugin(create)], manager: "FAKE", env: {}, ...options });

/** What a promise resolved to after so many milliseconds. Undefined: it is pending. */
async function after<Result>(milliseconds: number, work: Promise<Result>): Promise<Result | undefined> {
  let result: Result | undefined;
  void work.then((settled) => {
    result = settled;
  });
  await vi.advanceTimersByTimeAsync(milliseconds);
  return result;
}

describe("a start whose plugin never opens", () => {
  test("ends at its deadline, names the plugin, and closes what opens late", async () => {
    const product = Promise.withResolvers<SecretsBackend>();
    let closed = 0;
    const starting = failure(start(() => product.promise, { startTimeout: 800 }));

    expect(await after(799, starting)).toBeUndefined();
    const error = await after(1, starting);

    expect(error).toMatchObject({
      code: "TIMEOUT",
      reason: "OPENING_NOT_ENDED",
      operation: "open",
      manager: "FAKE",
      retryable: true,
    });
    expect(error?.message).toContain("The plugin FAKE did not open within the 800 ms of the start.");
    expect(error?.message).toContain("`startTimeout`");
    expect(vi.getTimerCount()).toBe(0);
    product.resolve(fakeBackend({ close: async () => void closed++ }));
    await vi.waitFor(() => expect(closed).toBe(1));
  });

  test("ends after ten minutes by default", async () => {
    const starting = failure(start(never));

    expect(await after(599_999, starting)).toBeUndefined();
    expect((await after(1, starting))?.reason).toBe("OPENING_NOT_ENDED");
  });

  test("ends five seconds after its caller aborts it, and not after its deadline", async () => {
    const controller = new AbortController();
    const starting = failure(start(never, { signal: controller.signal }));
    const soon = failure(start(never, { startTimeout: 1_000, signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(200);
    controller.abort();

    expect((await after(800, soon))?.code).toBe("ABORTED");
    expect(await after(4_199, starting)).toBeUndefined();
    expect((await after(1, starting))?.code).toBe("ABORTED");
  });

  test("names the plugin of a slot that does not open", async () => {
    const part = defineKind<object>("part");
    const plugins = [
      definePlugin({
        kind: backend,
        id: "WHOLE",
        contractVersion: 1,
        settings: { part: slot(part, { variable: "PART", default: "SLOW" }) },
        create: () => fakeBackend(),
      }),
      definePlugin({ kind: part, id: "SLOW", contractVersion: 1, settings: {}, create: never }),
    ];
    const options = { plugins, manager: "WHOLE", env: {}, startTimeout: 400 };
    const error = await after(400, failure(createSecretsManager(options)));

    expect(error?.message).toContain("The plugin SLOW did not open");
  });

  test("ends for a tool, too", async () => {
    const plugin = openingPlugin(never);
    const error = await after(500, failure(openStandalone(plugin, { env: {}, startTimeout: 500 })));

    expect(error).toMatchObject({ code: "TIMEOUT", reason: "OPENING_NOT_ENDED" });
  });
});

describe("the signal of a plugin's create", () => {
  test("aborts while the last quarter of the start is left: a plugin that ends by itself ends the start then", async () => {
    const starting = failure(
      start(
        ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new DOMException("ended", "AbortError")));
          }),
        { startTimeout: 800 },
      ),
    );

    expect(await after(599, starting)).toBeUndefined();
    expect(await after(1, starting)).toMatchObject({ code: "TIMEOUT", reason: "OPENING_NOT_ENDED" });
  });

  test("leaves the plugin's own error in its place", async () => {
    const starting = failure(
      start(
        ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new SecretsError("UNAVAILABLE", "It is down.")));
          }),
        { startTimeout: 800 },
      ),
    );

    expect((await after(600, starting))?.code).toBe("UNAVAILABLE");
  });

  test("does not abort after the start, and nothing of the start is left", async () => {
    let signal: AbortSignal | undefined;
    const controller = new AbortController();
    const create = (context: PluginContext) => {
      signal = context.signal;
      return fakeBackend();
    };
    const manager = await start(create, { startTimeout: 100, signal: controller.signal });
    controller.abort();
    await vi.advanceTimersByTimeAsync(1_000);

    expect(signal?.aborted).toBe(false);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    await manager.close();
  });
});

test.each([0, -1, 0.5, 86_400_001, "1000", null])("startTimeout of %s is refused", async (startTimeout) => {
  await expect(start(never, { startTimeout } as never)).rejects.toThrow(TypeError);
  const tool = openStandalone(openingPlugin(never), { env: {}, startTimeout } as never);
  await expect(tool).rejects.toThrow(/startTimeout/);
});
