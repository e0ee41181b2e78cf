import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type BulkReport,
  finalizeMigration,
  migrateSecrets,
  rebindPaths,
  SecretsError,
  type SecretsManager,
} from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TwoStores } from "../support/two-stores.ts";

afterEach(() => vi.restoreAllMocks());

const value = Object.freeze({ token: "a" });

/** Rows of OUTER whose paths are to be rewritten; those of the second half of each pair have no value. */
function pairs(count: number): TwoStores {
  const stores = new TwoStores({ prefix: "elsewhere" });
  for (let index = 0; index < count; index++) {
    const number = String(index).padStart(5, "0");
    for (const name of [`${number}/full`, `${number}/gone`]) {
      stores.table.insert(name, { manager: "OUTER", state: "active", path: `outer/${name}` }, undefined);
      if (name.endsWith("full")) stores.outer.insert(name, { manager: "MEMORY", state: "active" }, value);
    }
  }
  return stores;
}

const filled = (count: number) => TwoStores.ofMemory(count, value);

const movedOf = (stores: TwoStores) => stores.table.rows.filter(({ manager }) => manager === "OUTER").length;

describe("work on many secrets", () => {
  test("continues after isolated failures, and reports the first thousand", async () => {
    const manager = await pairs(1_001).open("MEMORY");
    const report = await rebindPaths(manager, { concurrency: 1 });
    expect(report).toMatchObject({ done: 1_001, failed: 1_001, stopped: false });
    expect(report.failures).toHaveLength(1_000);
  });

  test("runs on as many at a time as requested, and no more", async () => {
    for (const concurrency of [1, 3, 16]) {
      const stores = await filled(40);
      let [now, most] = [0, 0];
      const manager = await stores.open("MEMORY", {
        intercept: async (_step, run) => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          return run().finally(() => now--);
        },
      });
      most = 0;
      expect(await migrateSecrets(manager, { to: "OUTER", concurrency })).toMatchObject({ done: 40 });
      // The table is read ahead by one step.
      expect(most).toBeGreaterThanOrEqual(concurrency);
      expect(most).toBeLessThanOrEqual(concurrency + 1);
    }
  });

  test("accepts a concurrency of at most 256", async () => {
    const manager = await new TwoStores().open("MEMORY");
    expect(await migrateSecrets(manager, { to: "OUTER", concurrency: 256 })).toMatchObject({ done: 0 });
    await expect(migrateSecrets(manager, { to: "OUTER", concurrency: 257 })).rejects.toThrow(TypeError);
  });

  test.each<[what: string, onProgress: (error: Error) => void]>([
    [
      "throws",
      (error) => {
        throw error;
      },
    ],
    ["rejects", (error) => Promise.reject(error) as never],
  ])("ends when its progress %s, after success and failure alike", async (_what, onProgress) => {
    const error = new Error("Enough.");
    let calls = 0;
    const options = {
      to: "OUTER",
      concurrency: 2,
      onProgress: () => (calls++ === 0 ? onProgress(error) : undefined),
    };
    const stores = await filled(40);
    await expect(migrateSecrets(await stores.open("MEMORY"), options)).rejects.toBe(error);
    expect(movedOf(stores)).toBeLessThan(10);

    calls = 0;
    const failing = await (await filled(40)).open("MEMORY", {
      intercept: async ({ plugin, method }, run) => {
        if (plugin === "OUTER" && method === "write") throw new SecretsError("UNAVAILABLE", "It is down.");
        return run();
      },
    });
    await expect(migrateSecrets(failing, options)).rejects.toBe(error);
    expect(calls).toBeLessThan(10);
  });

  test("ends when the manager is closed", async () => {
    const stores = await filled(40);
    const manager = await stores.open("MEMORY");
    const migrating = migrateSecrets(manager, {
      to: "OUTER",
      concurrency: 2,
      onProgress: ({ done }) => void (done === 10 && manager.close()),
    });
    expect(await failure(migrating)).toMatchObject({ code: "CLOSED" });
    expect(movedOf(stores)).toBeLessThan(20);
    const next = await stores.open("MEMORY");
    expect(await migrateSecrets(next, { to: "OUTER" })).toMatchObject({ failed: 0 });
    expect(movedOf(stores)).toBe(40);
  });

  test("ends in the middle of a secret when it is aborted, and leaves the secret whole", async () => {
    const stores = await filled(3);
    const controller = new AbortController();
    const manager = await stores.open("MEMORY", {
      intercept: async ({ plugin, method, args }, run) => {
        if (plugin === "OUTER" && method === "write") {
          controller.abort();
          (args.at(-1) as { readonly signal: AbortSignal }).signal.throwIfAborted();
        }
        return run();
      },
    });
    const migrating = migrateSecrets(manager, { to: "OUTER", concurrency: 1, signal: controller.signal });
    expect(await failure(migrating)).toMatchObject({ code: "ABORTED" });
    await manager.close();
    expect(stores.table.rows.every(({ state }) => state === "active")).toBe(true);
  });

  test("ends the list of the source when it stops early", async () => {
    let isEnded = false;
    const stores = new TwoStores({
      replaced: {
        async *list() {
          try {
            for (let index = 0; ; index++) yield { name: `name-${String(index).padStart(9, "0")}` };
          } finally {
            isEnded = true;
          }
        },
        has: async () => true,
        get: async () => {
          throw new Error("no");
        },
      },
    });
    const manager = await stores.open("OUTER");
    const report = await migrateSecrets(manager, { to: "MEMORY", concurrency: 1 });
    expect(report).toMatchObject({ done: 0, stopped: true });
    expect(isEnded).toBe(true);
  });
});

describe("a secret in a transition of another process", () => {
  const works: readonly [
    call: string,
    work: (manager: SecretsManager, signal?: AbortSignal) => Promise<BulkReport>,
  ][] = [
    ["migrateSecrets", (manager, signal) => migrateSecrets(manager, { to: "OUTER", signal })],
    ["finalizeMigration", (manager, signal) => finalizeMigration(manager, { signal })],
    ["rebindPaths", (manager, signal) => rebindPaths(manager, { signal })],
  ];

  /** A secret of MEMORY with a copy, which a process holds fast that does not answer. */
  async function heldStores(): Promise<TwoStores> {
    const stores = new TwoStores();
    const manager = await stores.open("OUTER");
    await manager.create("a", value);
    await migrateSecrets(manager, { to: "MEMORY" });
    const row = stores.table.find("a");
    if (row === undefined) throw new Error("There is no row.");
    stores.table.replace(row, { state: "moving", transitionId: "theirs", transitionStartedAt: new Date() });
    return stores;
  }

  test.each(works)("is awaited by %s, and then handled", async (call, work) => {
    const stores = await heldStores();
    const waiting = new SuspendedProcess();
    const outer = { prefix: call === "rebindPaths" ? "elsewhere" : "outer" };
    const manager = await stores.open("MEMORY", { intercept: waiting.intercept, outer });
    // It looks for the second time.
    const isWaiting = waiting.suspendAt(({ method }) => method === "ownership.find");
    const working = work(manager);
    await isWaiting;
    // And sees the same.
    await waiting.resume();
    const row = stores.table.find("a");
    if (row === undefined) throw new Error("There is no row.");
    expect(row).toMatchObject({ state: "moving", transitionId: "theirs" });
    stores.table.replace(row, { state: "active", transitionId: undefined, transitionStartedAt: undefined });
    expect(await working).toMatchObject({ done: 1, skipped: 0, failed: 0 });
  });

  test.each(works)("fails %s when it takes longer than a recovery", async (_call, work) => {
    const stores = await heldStores();
    const waiting = new SuspendedProcess();
    const manager = await stores.open("MEMORY", { intercept: waiting.intercept });
    const isWaiting = waiting.suspendAt(({ method }) => method === "ownership.find");
    const working = work(manager);
    await isWaiting;
    const clock = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => clock() + 10 * 60_000);
    waiting.resume();
    const report = await working;
    expect(report).toMatchObject({ done: 0, failed: 1 });
    expect(report.failures[0]).toMatchObject({ name: "a", error: { reason: "IN_TRANSITION" } });
  });

  test.each(works)(
    "is no longer awaited by %s once that is aborted or the manager closed",
    async (_call, work) => {
      for (const code of ["ABORTED", "CLOSED"] as const) {
        const waiting = new SuspendedProcess();
        const manager = await (await heldStores()).open("MEMORY", { intercept: waiting.intercept });
        const controller = new AbortController();
        const isWaiting = waiting.suspendAt(({ method }) => method === "ownership.find");
        const working = failure(work(manager, controller.signal));
        await isWaiting;
        const closing = code === "CLOSED" ? manager.close() : controller.abort();
        waiting.resume();
        await closing;
        expect(await working).toMatchObject({ code });
      }
    },
  );

  test("has no copy to remove while it is being created", async () => {
    const stores = new TwoStores();
    const change = { manager: "OUTER", state: "creating", transitionId: "theirs", path: "outer/a" } as const;
    stores.table.insert("a", change, undefined);
    const manager = await stores.open("MEMORY");
    expect(await finalizeMigration(manager)).toMatchObject({ done: 0, skipped: 1, failed: 0 });
  });
});

test("invalid ids, options and managers are rejected before any change", async () => {
  const manager = await new TwoStores().open("MEMORY");
  for (const call of [
    () => finalizeMigration(manager, { copiesAt: " " }),
    () => rebindPaths(manager, { to: "OUTER" } as object),
    () => migrateSecrets(manager, { to: "OUTER", from: "" }),
  ]) {
    await expect(call()).rejects.toThrow(TypeError);
  }
});

test("a copy at a manager that is not installed is reported, in any spelling of its id", async () => {
  const stores = new TwoStores();
  await (await stores.open("MEMORY")).create("a", value);
  const row = stores.table.find("a");
  if (row === undefined) throw new Error("There is no row.");
  stores.table.replace(row, { copy: { manager: "VAULT", path: "secret/data/a" } });
  const manager = await stores.open("MEMORY");
  const told = { code: "INVALID_CONFIGURATION", manager: "VAULT" };
  expect(await failure(finalizeMigration(manager, { copiesAt: " vault" }))).toMatchObject(told);
  expect((await finalizeMigration(manager)).failures[0]?.error).toMatchObject(told);
});
