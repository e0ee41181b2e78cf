import { afterEach, describe, expect, test, vi } from "vitest";
import { createSecretsManager } from "../../src/index.ts";
import { backend, defineKind, definePlugin, slot } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { checkCall, readingCalls, writingCalls } from "../support/calls.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("a closed manager", () => {
  test.each([...readingCalls, ...writingCalls, checkCall])(
    "rejects %s with CLOSED and does not call the backend",
    async (_call, run) => {
      const asked = () => expect.unreachable();
      const manager = await openBackend(
        fakeBackend({
          get: asked,
          has: asked,
          getMany: asked,
          write: asked,
          delete: asked,
          list: asked,
          check: asked,
        }),
      );
      await manager.close();

      expect(await failure(run(manager))).toMatchObject({
        code: "CLOSED",
        retryable: false,
        manager: "FAKE",
      });
    },
  );

  test("rejects the next step of an open list", async () => {
    const manager = await openMemory();
    for (const name of ["a", "b"]) await manager.create(name, plantedValue());
    const list = manager.list();
    await list.next();

    await manager.close();

    expect((await failure(list.next())).code).toBe("CLOSED");
    expect(await list.next()).toEqual({ done: true, value: undefined });
  });

  test("lets a consumer stop an open list", async () => {
    const manager = await openMemory();
    for (const name of ["a", "b"]) await manager.create(name, plantedValue());

    for await (const _ of manager.list()) {
      await manager.close();
      break;
    }
  });

  test("rejects the read of a cached secret", async () => {
    const manager = await openMemory(undefined, { cache: { maxAge: 60_000 } });
    await manager.create("a", plantedValue());
    await manager.get("a");

    await manager.close();

    expect((await failure(manager.get("a"))).code).toBe("CLOSED");
    expect((await failure(manager.getMany(["a"]))).code).toBe("CLOSED");
  });
});

describe("close", () => {
  test("closes the backend once, however often it is called, also as an async disposable", async () => {
    let closings = 0;
    const manager = await openBackend(fakeBackend({ close: async () => void closings++ }));

    const first = manager.close();
    expect(manager.close({ timeout: 5 })).toBe(first);
    await first;
    await manager.close();
    await manager[Symbol.asyncDispose]();

    expect(closings).toBe(1);
  });

  test("happens at the end of `await using`", async () => {
    const events: string[] = [];
    {
      await using manager = await openBackend(fakeBackend({ close: async () => void events.push("closed") }));
      await manager.get("a");
      events.push("used");
    }
    expect(events).toEqual(["used", "closed"]);
  });

  test("close() rejects new calls at once, and waits for calls in progress before it closes the backend", async () => {
    const events: string[] = [];
    const answer = Promise.withResolvers<undefined>();
    const manager = await openBackend(
      fakeBackend({ get: () => answer.promise, close: async () => void events.push("backend closed") }),
    );
    const read = manager.get("a").then((secret) => events.push(`read ${secret}`));

    const closing = manager.close();
    expect((await failure(manager.has("a"))).code).toBe("CLOSED");
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
    answer.resolve(undefined);
    await Promise.all([closing, read]);

    expect(events.sort()).toEqual(["backend closed", "read undefined"]);
  });

  test("aborts the remaining reads a quarter before its timeout", async () => {
    vi.useFakeTimers();
    let closed = false;
    const manager = await openBackend(
      fakeBackend({
        get: () => new Promise(() => {}),
        close: async () => {
          closed = true;
        },
      }),
    );
    const read = failure(manager.get("a"));

    const closing = manager.close({ timeout: 500 });
    await vi.advanceTimersByTimeAsync(374);
    expect(closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await closing;

    expect(await read).toMatchObject({ code: "ABORTED", operation: "get" });
    expect(closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("close() aborts remaining writes, lets them determine their outcome, and only then closes the backend", async () => {
    vi.useFakeTimers();
    const events: string[] = [];
    const manager = await openBackend(
      fakeBackend({
        write: (name, _value, _options, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener("abort", () => {
              setTimeout(() => {
                events.push("write ended");
                resolve({ name, version: "1" });
              }, 100);
            });
          }),
        close: async () => void events.push("backend closed"),
      }),
      { timeout: 5_000 },
    );
    const write = manager.set("a", plantedValue());

    const closing = manager.close({ timeout: 0 });
    await vi.advanceTimersByTimeAsync(100);
    await closing;

    expect(await write).toMatchObject({ version: "FAKE:1" });
    expect(events).toEqual(["write ended", "backend closed"]);
  });

  test("does not wait for a write beyond its reserve: that one is OUTCOME_UNKNOWN", async () => {
    vi.useFakeTimers();
    const manager = await openBackend(fakeBackend({ write: () => new Promise(() => {}) }), {
      timeout: 1_000,
    });
    const write = failure(manager.set("a", plantedValue()));

    const closing = manager.close({ timeout: 0 });
    await vi.advanceTimersByTimeAsync(200);
    await closing;

    expect((await write).code).toBe("OUTCOME_UNKNOWN");
  });

  test("waits eight seconds by default, and keeps two for the plugins", async () => {
    vi.useFakeTimers();
    const manager = await openBackend(fakeBackend({ get: () => new Promise(() => {}) }), { timeout: 60_000 });
    let state = "reading";
    const read = failure(manager.get("a")).then(() => {
      state = "aborted";
    });

    const closing = manager.close();
    await vi.advanceTimersByTimeAsync(7_999);
    expect(state).toBe("reading");
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([closing, read]);

    expect(state).toBe("aborted");
  });

  test("close() lets an update function in progress finish", async () => {
    const manager = await openMemory();
    await manager.create("a", { n: 0 });
    const gate = Promise.withResolvers<{ n: number }>();
    const started = Promise.withResolvers<void>();
    const update = manager.update("a", () => {
      started.resolve();
      return gate.promise;
    });
    await started.promise;

    const closing = manager.close();
    gate.resolve({ n: 1 });
    await closing;

    expect(await update).toMatchObject({ name: "a" });
  });

  test("does not wait for a list whose consumer is busy", async () => {
    const manager = await openMemory();
    await manager.create("a", plantedValue());
    const list = manager.list();
    await list.next();

    await manager.close();
  });

  test("that fails throws a SecretsError, each time", async () => {
    const manager = await openBackend(
      fakeBackend({ close: () => Promise.reject(new Error(plantedText())), classify: () => "UNAVAILABLE" }),
    );

    expect(await failure(manager.close())).toMatchObject({
      code: "UNAVAILABLE",
      operation: "close",
      manager: "FAKE",
    });
    expect((await failure(manager.close())).code).toBe("UNAVAILABLE");
    expect((await failure(manager.get("a"))).code).toBe("CLOSED");
  });
});

describe("each resource that the start opened", () => {
  const part = defineKind<object>("part");

  function partPlugin(id: string, product: object) {
    return definePlugin({ kind: part, id, contractVersion: 1, settings: {}, create: () => product });
  }

  function whole(create: () => ReturnType<typeof fakeBackend>) {
    return definePlugin({
      kind: backend,
      id: "WHOLE",
      contractVersion: 1,
      settings: {
        first: slot(part, { variable: "FIRST", default: "CLOSABLE" }),
        second: slot(part, { variable: "SECOND", default: "DISPOSABLE" }),
        third: slot(part, { variable: "THIRD", default: "NEITHER" }),
      },
      create,
    });
  }

  test("is disposed in reverse order: the backend, then what its slots hold", async () => {
    const events: string[] = [];
    const plugins = [
      whole(() => fakeBackend({ close: async () => void events.push("backend") })),
      partPlugin("CLOSABLE", { close: async () => void events.push("first") }),
      partPlugin("DISPOSABLE", { [Symbol.asyncDispose]: async () => void events.push("second") }),
      partPlugin("NEITHER", {}),
    ];
    const manager = await createSecretsManager({ plugins, manager: "WHOLE", env: {} });

    await manager.close();

    expect(events).toEqual(["backend", "second", "first"]);
  });

  test("is disposed even if the disposal before it fails", async () => {
    const events: string[] = [];
    const plugins = [
      whole(() => fakeBackend({ close: () => Promise.reject(new Error(plantedText())) })),
      partPlugin("CLOSABLE", { close: async () => void events.push("first") }),
      partPlugin("DISPOSABLE", { [Symbol.asyncDispose]: () => Promise.reject(new Error(plantedText())) }),
      partPlugin("NEITHER", {}),
    ];
    const manager = await createSecretsManager({ plugins, manager: "WHOLE", env: {} });

    expect((await failure(manager.close())).code).toBe("INTERNAL");
    expect(events).toEqual(["first"]);
  });

  test("is disposed when the start fails, whose error the caller receives", async () => {
    const events: string[] = [];
    const plugins = [
      whole(() => {
        throw Object.assign(new Error(plantedText()), { code: "ECONNREFUSED" });
      }),
      partPlugin("CLOSABLE", { close: async () => void events.push("first") }),
      partPlugin("DISPOSABLE", { [Symbol.asyncDispose]: () => Promise.reject(new Error(plantedText())) }),
      partPlugin("NEITHER", {}),
    ];

    const error = await failure(createSecretsManager({ plugins, manager: "WHOLE", env: {} }));

    expect(error).toMatchObject({
      code: "INTERNAL",
      operation: "open",
      manager: "WHOLE",
      cause: { name: "Error", code: "ECONNREFUSED" },
    });
    expect(events).toEqual(["first"]);
  });
});
