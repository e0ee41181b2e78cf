import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { expect, test } from "vitest";
import { finalizeMigration, migrateSecrets, SecretsError, type SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

/** A manager whose call is aborted as soon as OUTER has carried out a change. */
async function openAborting(stores: TwoStores, signal: AbortController): Promise<SecretsManager> {
  const intercept: Intercept = async ({ plugin, method }, run) => {
    const result = await run();
    if (plugin === "OUTER" && (method === "write" || method === "delete")) signal.abort();
    return result;
  };
  return stores.open("OUTER", { intercept });
}

test("an aborted creation whose value is written is completed, and succeeds", async () => {
  const stores = new TwoStores();
  const controller = new AbortController();
  const manager = await openAborting(stores, controller);
  const { signal } = controller;
  expect(await manager.create("a", value, { signal })).toMatchObject({ manager: "OUTER" });
  expect(stores.table.find("a")).toMatchObject({ state: "active" });
});

test("an aborted deletion whose value is gone is completed, and succeeds", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const controller = new AbortController();
  const manager = await openAborting(stores, controller);
  const { signal } = controller;
  expect(await manager.delete("a", { signal })).toBe(true);
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("a rejected creation reports its error, even if its entry cannot be removed", async () => {
  const stores = new TwoStores();
  const intercept: Intercept = async ({ plugin, method }, run) => {
    if (plugin === "OUTER" && method === "write") throw new SecretsError("PERMISSION_DENIED", "No.");
    if (method === "ownership.remove") throw new SecretsError("UNAVAILABLE", "It is down.");
    return run();
  };
  const manager = await stores.open("OUTER", { intercept });
  expect(await failure(manager.create("a", value))).toMatchObject({ code: "PERMISSION_DENIED" });
  stores.age();
  await stores.open("OUTER");
  expect(stores.contents.rows).toEqual([]);
});

test("an aborted deletion that is rejected restores the secret", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const controller = new AbortController();
  const intercept: Intercept = async ({ plugin, method }, run) => {
    if (plugin !== "OUTER" || method !== "delete") return run();
    controller.abort();
    throw new SecretsError("PERMISSION_DENIED", "No.");
  };
  const manager = await stores.open("OUTER", { intercept });
  const { signal } = controller;
  expect(await failure(manager.delete("a", { signal }))).toMatchObject({ code: "PERMISSION_DENIED" });
  expect((await manager.get("a"))?.value).toEqual(value);
});

test("a creation whose answer is lost, and whose value cannot be read, is OUTCOME_UNKNOWN", async () => {
  const stores = new TwoStores();
  const intercept: Intercept = async ({ plugin, method }, run) => {
    if (plugin !== "OUTER") return run();
    if (method === "write") throw new SecretsError("OUTCOME_UNKNOWN", "The answer is lost.");
    throw new SecretsError("UNAVAILABLE", "It is down.");
  };
  const manager = await stores.open("OUTER", { intercept });
  expect(await failure(manager.create("a", value))).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(stores.table.find("a")).toMatchObject({ state: "creating" });
});

const isChange = (method: string) => /write|delete|claim|advance|remove/.test(method);

test.each<[call: string, run: (manager: SecretsManager, signal: AbortSignal) => Promise<unknown>]>([
  ["set", (manager, signal) => manager.set("a", value, { signal })],
  ["update", (manager, signal) => manager.update("a", value, { signal })],
  ["update by a function", (manager, signal) => manager.update("a", () => value, { signal })],
  ["update of a version", (manager, signal) => manager.update("a", value, { signal, ifVersion: "OUTER:1" })],
  ["delete", (manager, signal) => manager.delete("a", { signal })],
  ["delete of a version", (manager, signal) => manager.delete("a", { signal, ifVersion: "OUTER:1" })],
  ["create of nothing", (manager, signal) => manager.set("none", value, { signal })],
  ["migrateSecrets", (manager, signal) => migrateSecrets(manager, { to: "MEMORY", signal })],
  ["finalizeMigration", (manager, signal) => finalizeMigration(manager, { signal })],
])(
  "%s changes nothing after it was reported as ABORTED, whichever read was in progress",
  async (_call, run) => {
    for (let step = 0; ; step++) {
      const stores = new TwoStores();
      const before = await stores.open("MEMORY");
      await before.create("a", value);
      await migrateSecrets(before, { to: "OUTER" });
      const controller = new AbortController();
      const steps: string[] = [];
      const lateChanges: string[] = [];
      let isCounting = false;
      const manager = await stores.open("OUTER", {
        intercept: async ({ plugin, method }, next) => {
          if (isCounting && controller.signal.aborted && isChange(method)) lateChanges.push(method);
          if (!isCounting || steps.push(`${plugin} ${method}`) !== step + 1) return next();
          const result = await next();
          controller.abort();
          return result;
        },
      });
      isCounting = true;
      const outcome = await run(manager, controller.signal).catch((error: unknown) => error);
      await manager.close();
      await new Promise((resolve) => setImmediate(resolve));
      if (!controller.signal.aborted) break;
      // From the first change on it finishes, or gives back, what it began.
      if (steps.slice(0, step + 1).some((seen) => isChange(seen))) break;
      expect(outcome, `after ${steps[step]}`).toMatchObject({ code: "ABORTED" });
      expect(lateChanges, `after ${steps[step]}`).toEqual([]);
    }
  },
);

test("a call that is aborted while it reads again after a change without effect has changed nothing", async () => {
  const stores = new TwoStores();
  await (await stores.open("OUTER")).create("a", value);
  const controller = new AbortController();
  let looks = 0;
  const manager = await stores.open("OUTER", {
    timeout: 1_000,
    intercept: async ({ plugin, method }, run) => {
      if (plugin === "OUTER" && method === "write")
        throw new SecretsError("CONFLICT", "Another process was faster.");
      if (plugin !== "OUTER" || method !== "get" || ++looks === 1) return run();
      controller.abort();
      return new Promise<never>(() => {});
    },
  });
  const { signal } = controller;
  expect(await failure(manager.set("a", value, { signal }))).toMatchObject({ code: "ABORTED" });
});

test("a last step that does not end is OUTCOME_UNKNOWN at the deadline", async () => {
  const stores = new TwoStores();
  const ended = Promise.withResolvers<void>();
  const manager = await stores.open("OUTER", {
    timeout: 300,
    intercept: ({ method, args }, run) => {
      if (method !== "ownership.advance") return run();
      const { signal } = args.at(-1) as { readonly signal: AbortSignal };
      signal.addEventListener("abort", () => ended.resolve());
      return new Promise<never>(() => {});
    },
  });
  expect(await failure(manager.create("a", value))).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  await ended.promise;
});
