import { getEventListeners } from "node:events";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { CacheOptions, SecretsManager } from "../../src/index.ts";
import { MemoryStore } from "../../src/memory.ts";
import { type SecretsBackend, SecretsError, type StoredSecret } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

const forAMinute = { maxAge: 60_000 };

/** Counts its reads, and answers each when the test says so. */
class CountingBackend {
  readonly reads: (PromiseWithResolvers<StoredSecret | undefined> & { name: string; signal: AbortSignal })[] =
    [];
  readonly backend: SecretsBackend;

  constructor(replaced: Partial<SecretsBackend> = {}) {
    this.backend = fakeBackend({
      get: (name, { signal }) => {
        const read = Object.assign(Promise.withResolvers<StoredSecret | undefined>(), { name, signal });
        this.reads.push(read);
        return read.promise;
      },
      ...replaced,
    });
  }

  answer(index: number, n: number): void {
    const read = this.reads[index];
    read?.resolve({ name: read.name, version: String(n), value: { n } });
  }
}

/** A manager on a store that others write to behind its back. */
async function overMemory(cache?: CacheOptions): Promise<{ manager: SecretsManager; other: SecretsManager }> {
  const store = new MemoryStore();
  return {
    manager: await openMemory(store, cache === undefined ? {} : { cache }),
    other: await openMemory(store),
  };
}

async function readValue(manager: SecretsManager, name = "a"): Promise<unknown> {
  return (await manager.get(name))?.value;
}

afterEach(() => {
  vi.useRealTimers();
});

test("without the option nothing is cached, and concurrent reads each ask the store", async () => {
  const counting = new CountingBackend();
  const manager = await openBackend(counting.backend);

  const both = [manager.get("a"), manager.get("a")];
  expect(counting.reads).toHaveLength(2);
  counting.answer(0, 1);
  counting.answer(1, 1);
  await Promise.all(both);
  const third = manager.get("a");
  counting.answer(2, 2);

  expect((await third)?.value).toEqual({ n: 2 });
});

describe("a cached secret", () => {
  test("is served again without asking the store, until its age is over", async () => {
    vi.useFakeTimers();
    const { manager, other } = await overMemory({ maxAge: 1_000 });
    await other.create("a", { n: 1 });
    expect(await readValue(manager)).toEqual({ n: 1 });
    await other.set("a", { n: 2 });

    await vi.advanceTimersByTimeAsync(999);
    expect(await readValue(manager)).toEqual({ n: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(await readValue(manager)).toEqual({ n: 2 });
  });

  test("has an age that starts before the request to the store", async () => {
    vi.useFakeTimers();
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: { maxAge: 1_000 } });
    const read = manager.get("a");
    await vi.advanceTimersByTimeAsync(900);
    counting.answer(0, 1);
    await read;

    await vi.advanceTimersByTimeAsync(100);
    manager.get("a").catch(() => undefined);

    expect(counting.reads).toHaveLength(2);
  });

  test("is evicted when the cache is full and it was used least recently", async () => {
    const { manager, other } = await overMemory({ maxAge: 60_000, maxEntries: 2 });
    for (const name of ["a", "b", "c"]) await other.create(name, { n: 1 });
    for (const name of ["a", "b", "a", "c"]) await manager.get(name);
    for (const name of ["a", "b", "c"]) await other.set(name, { n: 2 });

    expect([await readValue(manager, "a"), await readValue(manager, "c")]).toEqual([{ n: 1 }, { n: 1 }]);
    expect(await readValue(manager, "b")).toEqual({ n: 2 });
  });

  test("is used by getMany, which asks the store for the others only", async () => {
    const asked: (readonly string[])[] = [];
    const stored = (name: string) => ({ name, version: "1", value: { of: name } });
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => stored(name),
        getMany: async (names) => {
          asked.push(names);
          return new Map(names.map((name) => [name, { status: "found", secret: stored(name) }]));
        },
      }),
      { cache: forAMinute },
    );
    await manager.get("b");

    const results = await manager.getMany(["a", "b", "c"]);
    expect([...results]).toMatchObject([
      ["a", { status: "found", secret: { value: { of: "a" } } }],
      ["b", { status: "found", secret: { value: { of: "b" } } }],
      ["c", { status: "found", secret: { value: { of: "c" } } }],
    ]);
    await manager.getMany(["b"]);

    expect(asked).toEqual([["a", "c"]]);
  });

  test("is validated by each caller's own schema", async () => {
    const manager = await openMemory(undefined, { cache: forAMinute });
    await manager.create("a", { n: 1 });
    const schema = (n: number) =>
      ({ "~standard": { version: 1, vendor: "test", validate: () => ({ value: { n } }) } }) as const;

    expect((await manager.get("a", { schema: schema(5) }))?.value).toEqual({ n: 5 });
    expect((await manager.get("a", { schema: schema(6) }))?.value).toEqual({ n: 6 });
    expect(await readValue(manager)).toEqual({ n: 1 });
  });
});

describe("the cache", () => {
  test("does not store absence: a secret that another process creates is seen at once", async () => {
    const { manager, other } = await overMemory(forAMinute);
    expect(await manager.get("a")).toBeUndefined();

    await other.create("a", { n: 1 });

    expect(await readValue(manager)).toEqual({ n: 1 });
  });

  test("does not store a failure: the next caller asks again", async () => {
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const first = [failure(manager.get("a")), failure(manager.get("a"))];
    counting.reads[0]?.reject(new SecretsError("UNAVAILABLE", "Down."));
    expect((await Promise.all(first)).map(({ code }) => code)).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);

    const second = manager.get("a");
    counting.answer(1, 1);

    expect((await second)?.value).toEqual({ n: 1 });
    expect(counting.reads).toHaveLength(2);
  });

  test("is not used by has()", async () => {
    const { manager, other } = await overMemory(forAMinute);
    await other.create("a", { n: 1 });
    await manager.get("a");
    await other.delete("a");

    expect(await manager.has("a")).toBe(false);
  });
});

describe("concurrent reads of one name", () => {
  test("cost one request", async () => {
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: forAMinute });

    const reads = Array.from({ length: 50 }, () => manager.get("a"));
    counting.answer(0, 1);

    expect(new Set((await Promise.all(reads)).map((secret) => secret?.value))).toEqual(new Set([{ n: 1 }]));
    expect(counting.reads).toHaveLength(1);
  });

  test("continue when their first caller aborts", async () => {
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const controller = new AbortController();

    const first = failure(manager.get("a", { signal: controller.signal }));
    const second = manager.get("a");
    controller.abort();
    expect((await first).code).toBe("ABORTED");
    counting.answer(0, 1);

    expect((await second)?.value).toEqual({ n: 1 });
    expect(counting.reads).toHaveLength(1);
  });

  test("are aborted when all of their callers have aborted, and the next caller asks again", async () => {
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const [one, two] = [new AbortController(), new AbortController()];
    const reads = [one, two].map(({ signal }) => failure(manager.get("a", { signal })));

    one.abort();
    await reads[0];
    expect(counting.reads[0]?.signal.aborted).toBe(false);
    two.abort();
    expect(counting.reads[0]?.signal.aborted).toBe(true);
    expect((await Promise.all(reads)).map(({ code }) => code)).toEqual(["ABORTED", "ABORTED"]);

    const next = readValue(manager);
    counting.answer(1, 2);
    expect(await next).toEqual({ n: 2 });
  });

  test("that every caller aborted are not waited for by close()", async () => {
    vi.useFakeTimers();
    const manager = await openBackend(new CountingBackend().backend, { cache: forAMinute });
    const controller = new AbortController();
    const read = failure(manager.get("a", { signal: controller.signal }));
    controller.abort();
    await read;

    // No timer runs: a wait for the read would last.
    await manager.close();
  });

  test("leave no listener on the signals of their callers", async () => {
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const { signal } = new AbortController();
    const read = manager.get("a", { signal });
    counting.answer(0, 1);
    await read;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("during a write are aborted by the signal of their caller", async () => {
    const counting = new CountingBackend({ write: () => new Promise(() => undefined) });
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    manager.set("a", { n: 2 }).catch(() => undefined);
    const controller = new AbortController();
    const read = failure(manager.get("a", { signal: controller.signal }));
    controller.abort();
    await read;
    expect(counting.reads[0]?.signal.aborted).toBe(true);
  });

  test("that all callers aborted do not fail later callers", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const controller = new AbortController();
    const read = failure(manager.get("a", { signal: controller.signal }));
    controller.abort();
    await read;

    counting.reads[0]?.reject(new Error(plantedText()));
    await new Promise((resolve) => setImmediate(resolve));

    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});

describe("a write through the same manager", () => {
  const writes: [string, (manager: SecretsManager) => Promise<unknown>][] = [
    ["set", (manager) => manager.set("a", { n: 2 })],
    ["update", (manager) => manager.update("a", { n: 2 })],
    ["update with a function", (manager) => manager.update("a", () => ({ n: 2 }))],
    ["delete, then create", (manager) => manager.delete("a").then(() => manager.create("a", { n: 2 }))],
  ];

  test.each(writes)("by %s is seen by the next read", async (_how, write) => {
    const manager = await openMemory(undefined, { cache: forAMinute });
    await manager.create("a", { n: 1 });
    expect(await readValue(manager)).toEqual({ n: 1 });

    await write(manager);

    expect(await readValue(manager)).toEqual({ n: 2 });
  });

  test("by delete is seen by the next read", async () => {
    const manager = await openMemory(undefined, { cache: forAMinute });
    await manager.create("a", plantedValue());
    await manager.get("a");

    await manager.delete("a");

    expect(await manager.get("a")).toBeUndefined();
  });

  test("that fails is followed by a read of the store, since its outcome is unknown", async () => {
    const { manager, other } = await overMemory(forAMinute);
    const { version } = await manager.create("a", { n: 1 });
    await manager.get("a");
    await other.set("a", { n: 5 });

    expect((await failure(manager.update("a", { n: 2 }, { ifVersion: version }))).code).toBe("CONFLICT");

    expect(await readValue(manager)).toEqual({ n: 5 });
  });

  test("leaves an older read in progress to its callers: it is neither shared nor cached", async () => {
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const older = manager.get("a");
    await manager.set("a", { n: 2 });

    const newer = manager.get("a");
    expect(counting.reads).toHaveLength(2);
    counting.answer(1, 2);
    expect((await newer)?.value).toEqual({ n: 2 });
    counting.answer(0, 1);
    expect((await older)?.value).toEqual({ n: 1 });

    expect(await readValue(manager)).toEqual({ n: 2 });
    expect(counting.reads).toHaveLength(2);
  });

  test("does not cache an older read that ends before the next read", async () => {
    const counting = new CountingBackend();
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const older = manager.get("a");
    await manager.set("a", { n: 2 });
    counting.answer(0, 1);
    await older;

    const newer = manager.get("a");
    counting.answer(1, 2);

    expect((await newer)?.value).toEqual({ n: 2 });
  });

  test("does not cache a read during the write", async () => {
    const sent = Promise.withResolvers<void>();
    const counting = new CountingBackend({
      write: async (name) => {
        await sent.promise;
        return { name, version: "2" };
      },
    });
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const write = manager.set("a", { n: 2 });
    const during = manager.get("a");
    counting.answer(0, 1);
    await during;
    sent.resolve();
    await write;

    const after = manager.get("a");
    counting.answer(1, 2);

    expect((await after)?.value).toEqual({ n: 2 });
  });

  test("makes every read ask the store while its request is in progress, since the store may have executed it", async () => {
    const answered = Promise.withResolvers<boolean>();
    const counting = new CountingBackend({ delete: () => answered.promise });
    const manager = await openBackend(counting.backend, { cache: forAMinute });
    const deletion = manager.delete("a");
    const first = manager.get("a");
    counting.answer(0, 1);
    expect((await first)?.value).toEqual({ n: 1 });

    const [second, third] = [manager.get("a"), manager.get("a")];
    expect(counting.reads).toHaveLength(3);
    counting.reads[1]?.resolve(undefined);
    counting.reads[2]?.resolve(undefined);
    expect(await Promise.all([second, third])).toEqual([undefined, undefined]);
    answered.resolve(true);
    expect(await deletion).toBe(true);
  });

  test("does not remove other names from the cache", async () => {
    const { manager, other } = await overMemory(forAMinute);
    await other.create("b", { n: 1 });
    await manager.get("b");
    await manager.set("a", { n: 1 });
    await other.set("b", { n: 2 });

    expect(await readValue(manager, "b")).toEqual({ n: 1 });
  });
});

describe("a cached secret that another process has changed", () => {
  test("is not passed to an update function", async () => {
    const { manager, other } = await overMemory(forAMinute);
    await manager.create("a", { n: 1 });
    await manager.get("a");
    await other.set("a", { n: 10 });

    await manager.update("a", (current) => ({ n: Number(current.n) + 1 }));

    expect(await readValue(other)).toEqual({ n: 11 });
  });

  test("is a conflict for `ifVersion` with the cached version", async () => {
    const { manager, other } = await overMemory(forAMinute);
    await manager.create("a", { n: 1 });
    const cached = await manager.get("a");
    await other.set("a", { n: 10 });

    for (const call of [
      () => manager.update("a", { n: 2 }, { ifVersion: cached?.version }),
      () => manager.update("a", () => ({ n: 2 }), { ifVersion: cached?.version }),
      () => manager.delete("a", { ifVersion: cached?.version }),
    ]) {
      expect((await failure(call())).code).toBe("CONFLICT");
    }
    expect(await readValue(other)).toEqual({ n: 10 });
  });
});
