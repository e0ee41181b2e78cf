import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { createSecretsManager } from "../../src/index.ts";
import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import { backend, definePlugin, SecretsError, variable } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

describe("check", () => {
  test("check() reports a healthy store without counting", async () => {
    expect(await (await openMemory()).check()).toEqual({ status: "healthy", problems: [] });
  });

  test("check() with count also counts the secrets and the entries with invalid names", async () => {
    const store = new MemoryStore();
    const manager = await openMemory(store);
    await manager.create("a", plantedValue());
    await manager.create("b", plantedValue());
    store.insert("a/../b", { manager: "MEMORY", state: "active" }, plantedValue());

    expect(await manager.check({ count: true })).toEqual({
      status: "healthy",
      problems: [],
      count: 2,
      countByManager: { MEMORY: 2 },
      unlistedCount: 1,
    });
  });

  test("asks the backend for the count only when the caller does", async () => {
    const asked: boolean[] = [];
    const manager = await openBackend(
      fakeBackend({
        check: async ({ count }) => {
          asked.push(count);
          return { status: "healthy", problems: [] };
        },
      }),
    );
    await manager.check();
    await manager.check({ count: false });
    await manager.check({ count: true });

    expect(asked).toEqual([false, false, true]);
  });

  test.each<[string, () => unknown, object]>([
    [
      "an error of ours",
      () => new SecretsError("UNAUTHENTICATED", "The token is refused.", { reason: "TOKEN" }),
      { code: "UNAUTHENTICATED", reason: "TOKEN" },
    ],
    ["a foreign error", () => new Error(plantedText()), { code: "INTERNAL" }],
  ])("reports a store that throws %s as unavailable", async (_what, error, problem) => {
    const manager = await openBackend(fakeBackend({ check: () => Promise.reject(error()) }));

    expect(await manager.check()).toEqual({
      status: "unavailable",
      problems: [{ message: expect.stringContaining("check (FAKE)"), ...problem }],
    });
  });

  test("reports a store that does not answer in time as unavailable", async () => {
    const manager = await openBackend(fakeBackend({ check: () => new Promise(() => {}) }), { timeout: 5 });

    expect(await manager.check()).toMatchObject({ status: "unavailable", problems: [{ code: "TIMEOUT" }] });
  });

  test("throws when its caller aborts it, and when the manager is closed", async () => {
    const manager = await openMemory();

    expect((await failure(manager.check({ signal: AbortSignal.abort() }))).code).toBe("ABORTED");
    await manager.close();
    expect((await failure(manager.check())).code).toBe("CLOSED");
  });
});

describe("describe", () => {
  test("describe() returns the requested manager, the one in use, and the source of each setting", async () => {
    const plugin = definePlugin({
      kind: backend,
      id: "STORE",
      contractVersion: 1,
      options: { size: "9" },
      settings: {
        address: variable("STORE_ADDRESS", { description: "Where it is." }),
        key: variable("STORE_KEY", { secret: true, description: "Opens it." }),
        certificate: variable("STORE_CERTIFICATE", { secret: true, description: "Proves it." }),
        region: variable("STORE_REGION", { default: "eu", description: "Which one." }),
        size: variable("STORE_SIZE", { description: "How large." }),
        note: variable("STORE_NOTE", { description: "Anything." }),
      },
      create: () => fakeBackend({ location: "a shelf" }),
    });
    const env = {
      ARCHESTRA_SECRETS_MANAGER: " store ",
      STORE_ADDRESS: "https://store",
      STORE_KEY: plantedText(),
      STORE_CERTIFICATE_FILE: "/certificate",
    };

    const manager = await createSecretsManager({ plugins: [plugin], env, readFile: () => plantedText() });

    const setting = { plugin: "STORE" };
    const description = manager.describe();
    expect(description).toEqual({
      requested: "STORE",
      requestedBy: "variable",
      manager: "STORE",
      strict: false,
      location: "a shelf",
      problems: [],
      capabilities: { versions: true, conditionalWrites: true, list: true },
      settings: [
        {
          ...setting,
          option: "address",
          variable: "STORE_ADDRESS",
          source: "variable",
          value: "https://store",
        },
        { ...setting, option: "key", variable: "STORE_KEY", source: "variable" },
        { ...setting, option: "certificate", variable: "STORE_CERTIFICATE", source: "file" },
        { ...setting, option: "region", variable: "STORE_REGION", source: "default", value: "eu" },
        { ...setting, option: "size", variable: "STORE_SIZE", source: "option", value: "9" },
        { ...setting, option: "note", variable: "STORE_NOTE", source: "unset" },
      ],
    });
    expect(inspect(description, { depth: 10, showHidden: true })).not.toContain("PLANTED");
  });

  test("describe() returns the capabilities of memory", async () => {
    const description = (await openMemory()).describe();

    expect(description.capabilities).toEqual({ versions: true, conditionalWrites: true, list: true });
    expect(Object.isFrozen(description.capabilities)).toBe(true);
    expect(description).toMatchObject({
      requestedBy: "option",
      manager: "MEMORY",
      location: "the memory of this process",
    });
  });

  test("describe() returns the id of the manager as the location when the backend has none", async () => {
    expect((await openBackend(fakeBackend())).describe().location).toBe("FAKE");
  });

  test("still answers after close", async () => {
    const manager = await createSecretsManager({ plugins: [memoryPlugin()], manager: "memory", env: {} });
    await manager.close();
    expect(manager.describe().manager).toBe("MEMORY");
  });
});
