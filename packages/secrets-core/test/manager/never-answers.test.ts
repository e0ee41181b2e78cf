import { afterEach, describe, expect, test, vi } from "vitest";
import { createSecretsManager, type SecretsManager, type StandardSchema } from "../../src/index.ts";
import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import { backend, definePlugin, type Plugin, type SecretsBackend } from "../../src/plugin.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { outerPlugin, TwoStores } from "../support/two-stores.ts";

const never = () => new Promise<never>(() => {});

afterEach(() => {
  vi.useRealTimers();
});

/** Timers of this process alone: what is awaited by turns of the event loop goes on. */
function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
}

function openingPlugin(create: () => Promise<SecretsBackend>): Plugin<SecretsBackend> {
  return definePlugin({ kind: backend, id: "FAKE", contractVersion: 1, settings: {}, create });
}

describe("a plugin that never finishes opening", () => {
  test("does not delay an aborted start, and is closed when it opens late", async () => {
    fakeTimers();
    const opening = Promise.withResolvers<SecretsBackend>();
    const begun = Promise.withResolvers<void>();
    let closed = 0;
    const controller = new AbortController();
    const plugin = openingPlugin(() => {
      begun.resolve();
      return opening.promise;
    });
    const start = failure(
      createSecretsManager({ plugins: [plugin], manager: "FAKE", env: {}, signal: controller.signal }),
    );
    await begun.promise;
    controller.abort();
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await start).code).toBe("ABORTED");
    opening.resolve(fakeBackend({ close: async () => void closed++ }));
    await vi.waitFor(() => expect(closed).toBe(1));
  });

  test("may end by itself when the start is aborted, and is awaited", async () => {
    const ends: string[] = [];
    const controller = new AbortController();
    const plugin = definePlugin({
      kind: backend,
      id: "FAKE",
      contractVersion: 1,
      settings: {},
      create: async (_settings, { signal }) => {
        controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 50));
        ends.push("cleaned up");
        throw signal.reason;
      },
    });
    const { signal } = controller;
    const error = await failure(
      createSecretsManager({ plugins: [plugin], manager: "FAKE", env: {}, signal }),
    );
    expect([error.code, ends]).toEqual(["ABORTED", ["cleaned up"]]);
  });
});

describe("an owner that never finishes opening", () => {
  async function openWith(create: (opened: number) => Promise<SecretsBackend> | undefined) {
    const stores = new TwoStores();
    const value = plantedValue();
    const first = await stores.open("OUTER");
    await first.create("a", value);
    await first.close();
    const outer = outerPlugin(stores.outer);
    let opened = 0;
    const slow: Plugin<SecretsBackend> = Object.create(outer, {
      create: {
        value: (...args: Parameters<typeof outer.create>) => create(++opened) ?? outer.create(...args),
      },
    });
    const manager = await createSecretsManager({
      plugins: [memoryPlugin({ store: stores.table }), slow],
      manager: "MEMORY",
      env: {},
      logger: recordedLogger(),
    });
    return { manager, value, opened: () => opened };
  }

  test("fails the calls that wait for it, and is opened again by a later call", async () => {
    fakeTimers();
    const hung = Promise.withResolvers<SecretsBackend>();
    let closed = 0;
    const { manager, value, opened } = await openWith((count) => (count === 1 ? hung.promise : undefined));
    const call = failure(manager.get("a"));
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await call).code).toBe("TIMEOUT");
    const second = failure(manager.get("a"));
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await second).code).toBe("TIMEOUT");
    const third = manager.get("a").catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    await third;
    expect((await manager.get("a"))?.value).toEqual(value);
    expect(opened()).toBe(2);
    hung.resolve(fakeBackend({ close: async () => void closed++ }));
    await vi.waitFor(() => expect(closed).toBe(1));
    expect((await manager.get("a"))?.value).toEqual(value);
    await manager.close();
  });

  test("does not delay close", async () => {
    fakeTimers();
    const { manager } = await openWith(never);
    const call = failure(manager.get("a"));
    await vi.advanceTimersByTimeAsync(0);
    const closing = manager.close({ timeout: 0 });
    await vi.advanceTimersByTimeAsync(10_000);
    await closing;
    expect((await call).code).toBe("ABORTED");
  });
});

describe("a plugin that never finishes closing", () => {
  test("fails close(), whose error names it, and does not prevent the database from closing", async () => {
    fakeTimers();
    const stores = new TwoStores({ replaced: { close: never } });
    let closed = 0;
    const table = memoryPlugin({ store: stores.table });
    const watched: Plugin<SecretsBackend> = Object.create(table, {
      create: {
        value: async (...args: Parameters<typeof table.create>) => {
          const inner = await table.create(...args);
          const close = inner.close.bind(inner);
          return Object.assign(inner, { close: () => close().finally(() => closed++) });
        },
      },
    });
    const manager = await createSecretsManager({
      plugins: [watched, outerPlugin(stores.outer, stores.outerOptions)],
      manager: "OUTER",
      env: {},
      logger: recordedLogger(),
    });
    const closing = failure(manager.close());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await closing).toMatchObject({
      code: "TIMEOUT",
      reason: "CLOSE_NOT_ENDED",
      manager: "OUTER",
      retryable: false,
    });
    expect(closed).toBe(1);
  });
});

describe("a function of the caller that never returns", () => {
  const hangingSchema: StandardSchema = {
    "~standard": { version: 1, vendor: "test", validate: never },
  };

  const calls: Readonly<Record<string, (manager: SecretsManager) => Promise<unknown>>> = {
    "a schema": (manager) => manager.get("a", { schema: hangingSchema }),
    "the function of an update": (manager) => manager.update("a", never),
  };

  test.each(Object.entries(calls))(
    "%s: the call ends, the next one is served, and close ends",
    async (_kind, run) => {
      fakeTimers();
      const manager = await openMemory(new MemoryStore());
      const value = plantedValue();
      await manager.create("a", value);
      const call = failure(run(manager));
      await vi.advanceTimersByTimeAsync(30_000);
      expect((await call).code).toBe("TIMEOUT");
      expect((await manager.update("a", (current) => current)).name).toBe("a");
      expect((await manager.get("a"))?.value).toEqual(value);
      const last = failure(run(manager));
      await vi.advanceTimersByTimeAsync(0);
      const closing = manager.close({ timeout: 100 });
      await vi.advanceTimersByTimeAsync(100);
      await closing;
      expect((await last).code).toBe("ABORTED");
    },
  );
});

test("a backend that never answers blocks neither its callers nor close", async () => {
  fakeTimers();
  const manager = await openBackend(fakeBackend({ get: never, check: never }));
  const call = failure(manager.get("a"));
  await vi.advanceTimersByTimeAsync(30_000);
  expect((await call).code).toBe("TIMEOUT");
  const last = failure(manager.get("a"));
  const closing = manager.close();
  await vi.advanceTimersByTimeAsync(10_000);
  await closing;
  expect((await last).code).toBe("ABORTED");
});
