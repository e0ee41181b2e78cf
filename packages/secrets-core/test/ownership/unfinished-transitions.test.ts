import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { describe, expect, test } from "vitest";
import { createSecretsManager, SecretsError, type SecretsManager } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import { backend, definePlugin } from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "1" });

function unavailable(): SecretsError {
  return new SecretsError("UNAVAILABLE", "It is down.");
}

describe("a value without an entry", () => {
  test("is read by others while a process tries to create it", async () => {
    const stores = TwoStores.withUnknown(value);
    const other = await stores.open("OUTER");
    const seen: unknown[] = [];
    const intercept: Intercept = async ({ plugin, method }, run) => {
      if (plugin === "OUTER" && method === "write") seen.push((await other.get("a"))?.value);
      const result = await run();
      if (method === "ownership.claim") seen.push((await other.get("a"))?.value);
      return result;
    };
    const manager = await stores.open("OUTER", { intercept });
    expect(await failure(manager.create("a", { token: "2" }))).toMatchObject({ code: "ALREADY_EXISTS" });
    expect(seen.length).toBeGreaterThan(0);
    for (const one of seen) expect(one).toEqual(value);
  });

  test.each(["get", "has", "set"] as const)(
    "whose adoption by %s fails is left without an entry in a transition",
    async (call) => {
      for (const fault of ["an outage", "an abort"]) {
        const stores = TwoStores.withUnknown(value);
        const controller = new AbortController();
        let isClaimed = false;
        const intercept: Intercept = async ({ plugin, method }, run) => {
          if (plugin === "OUTER" && isClaimed) {
            isClaimed = false;
            if (fault === "an outage") throw unavailable();
            controller.abort();
            throw controller.signal.reason;
          }
          const result = await run();
          if (method === "ownership.claim") isClaimed = true;
          return result;
        };
        const manager = await stores.open("OUTER", { intercept });
        const { signal } = controller;
        const calls = {
          get: () => manager.get("a", { signal }),
          has: () => manager.has("a", { signal }),
          set: () => manager.set("a", { token: "2" }, { signal }),
        };
        const code = fault === "an outage" ? "UNAVAILABLE" : "ABORTED";
        expect(await failure(calls[call]())).toMatchObject({ code });
        await manager.close();
        const next = await stores.open("OUTER", { timeout: 500 });
        expect(await next.set("a", { token: "3" })).toMatchObject({ manager: "OUTER" });
        await next.close();
      }
    },
  );

  test("is ALREADY_EXISTS for a creation, whatever becomes of the entry", async () => {
    const stores = new TwoStores();
    const intercept: Intercept = async ({ plugin, method }, run) => {
      // It appears between the read and the creation, written by another program without the table.
      if (plugin === "OUTER" && method === "write") {
        stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
      }
      if (method === "ownership.advance") throw unavailable();
      return run();
    };
    const manager = await stores.open("OUTER", { intercept });
    expect(await failure(manager.create("a", { token: "2" }))).toMatchObject({ code: "ALREADY_EXISTS" });
  });
});

test("a rejected deletion whose entry cannot be unlocked is not reported as one without effect", async () => {
  const stores = new TwoStores();
  let changes = 0;
  const intercept: Intercept = async ({ plugin, method }, run) => {
    if (plugin === "OUTER" && method === "delete") throw unavailable();
    if (method === "ownership.advance" && ++changes === 2) throw unavailable();
    return run();
  };
  const before = await stores.open("OUTER");
  await before.create("a", value);
  const manager = await stores.open("OUTER", { intercept });
  expect(await failure(manager.delete("a"))).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  // It reads as absent, and the next caller executes it.
  expect(await before.get("a")).toBeUndefined();
  stores.age();
  await stores.open("OUTER");
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

describe("a deletion under a version that ends before it is decided", () => {
  test("by its signal leaves no entry in a transition", async () => {
    const stores = new TwoStores();
    const controller = new AbortController();
    const { signal } = controller;
    const intercept: Intercept = async ({ plugin, method, args }, run) => {
      const result = await run();
      if (plugin === "OUTER" && method === "write" && typeof Object(args[2]).expect === "object") {
        controller.abort();
      }
      return result;
    };
    const manager = await stores.open("OUTER", { intercept });
    const { version: ifVersion } = await manager.create("a", value);
    expect(await failure(manager.delete("a", { ifVersion, signal }))).toMatchObject({ code: "ABORTED" });
    expect(stores.table.find("a")).toMatchObject({ state: "active" });
    expect((await manager.get("a"))?.value).toEqual(value);
  });

  test("because the manager of its copy is not installed leaves no entry in a transition", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("OUTER");
    const { version: ifVersion } = await manager.create("a", value);
    const row = stores.table.find("a");
    if (row === undefined) throw new Error("There is no row.");
    stores.table.replace(row, { copy: { manager: "GONE", path: "gone/a" } });
    const refused = await failure(manager.delete("a", { ifVersion }));
    expect(refused).toMatchObject({ code: "INVALID_CONFIGURATION", manager: "GONE" });
    expect(stores.table.find("a")).toMatchObject({ state: "active" });
  });
});

test("an unfinished creation never reads as absent while its manager is unavailable", async () => {
  const stores = TwoStores.withUnknown(value);
  const change = { manager: "OUTER", state: "creating", transitionId: "1", path: "outer/a" } as const;
  stores.table.insert("a", change, undefined);
  stores.age();
  let isDown = true;
  const intercept: Intercept = async ({ plugin }, run) => {
    if (plugin === "OUTER" && isDown) throw unavailable();
    return run();
  };
  const manager = await stores.open("OUTER", { intercept });
  for (let time = 0; time < 2; time++) {
    expect(await failure(manager.get("a"))).toMatchObject({ code: "UNAVAILABLE" });
    expect(await failure(manager.has("a"))).toMatchObject({ code: "UNAVAILABLE" });
  }
  isDown = false;
  expect((await manager.get("a"))?.value).toEqual(value);
});

describe("a start that finds an unfinished transition", () => {
  function leftBehind(): TwoStores {
    const stores = new TwoStores();
    const change = { manager: "OUTER", state: "creating", transitionId: "1", path: "outer/a" } as const;
    stores.table.insert("a", change, undefined);
    stores.age();
    return stores;
  }

  test("of a manager that does not answer continues without it", async () => {
    const stores = leftBehind();
    const logger = recordedLogger();
    const intercept: Intercept = ({ plugin }, run) =>
      plugin === "OUTER" ? new Promise<never>(() => {}) : run();
    const manager = await stores.open("MEMORY", { intercept, logger, timeout: 400 });
    expect(logger.warnings.map(({ fields }) => fields.code)).toContain("ARCHESTRA_SECRETS_NOT_RECOVERED");
    await manager.create("b", value);
    await manager.close();
  });

  test("stops asking a manager that does not answer after half of its time", async () => {
    const stores = leftBehind();
    for (const name of ["b", "c"]) {
      const change = {
        manager: "OUTER",
        state: "creating",
        transitionId: name,
        path: `outer/${name}`,
      } as const;
      stores.table.insert(name, change, undefined);
    }
    stores.age();
    let asked = 0;
    const logger = recordedLogger();
    const intercept: Intercept = ({ plugin }, run) => {
      if (plugin !== "OUTER") return run();
      asked++;
      return new Promise<never>(() => {});
    };
    await stores.open("MEMORY", { intercept, logger, timeout: 400 });
    // Once, and again in the millisecond that is left when the timer fired so much early.
    expect(asked).toBeLessThan(3);
    const warnings = logger.warnings.filter(
      ({ fields }) => fields.code === "ARCHESTRA_SECRETS_NOT_RECOVERED",
    );
    expect(warnings.map(({ fields }) => fields.name)).toEqual(["a", "b", "c"]);
  });

  test("of a manager that does not open ends when it is aborted", async () => {
    const stores = leftBehind();
    const controller = new AbortController();
    const starting = openWithHangingOwner(stores, controller);
    expect(await failure(starting)).toMatchObject({ code: "ABORTED" });
  });
});

/** `OUTER` opens only when its start is aborted. */
function openWithHangingOwner(stores: TwoStores, controller: AbortController): Promise<SecretsManager> {
  const outer = definePlugin({
    kind: backend,
    id: "OUTER",
    contractVersion: 1,
    settings: {},
    create: (_settings, { signal }) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        controller.abort();
      }),
  });
  return createSecretsManager({
    plugins: [memoryPlugin({ store: stores.table }), outer],
    manager: "MEMORY",
    env: {},
    logger: recordedLogger(),
    signal: controller.signal,
  });
}

test("an unfinished deletion is taken over before it continues: no later secret is deleted", async () => {
  const stores = new TwoStores();
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slow = await stores.open("OUTER", {
    intercept: async ({ plugin, method }, run) => {
      if (plugin === "OUTER" && method === "delete") {
        reached.resolve();
        await released.promise;
      }
      return run();
    },
  });
  const other = await stores.open("OUTER", { timeout: 1_000 });
  const row = { manager: "OUTER", state: "deleting", transitionId: "of the dead", path: "outer/a" } as const;
  stores.table.insert("a", row, undefined);
  stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
  stores.age();
  const deletion = slow.delete("a");
  await reached.promise;
  expect(await failure(other.create("a", { token: "2" }))).toMatchObject({
    code: "CONFLICT",
    reason: "IN_TRANSITION",
  });
  released.resolve();
  await deletion;
  await other.create("a", { token: "2" });
  expect((await other.get("a"))?.value).toEqual({ token: "2" });
});
