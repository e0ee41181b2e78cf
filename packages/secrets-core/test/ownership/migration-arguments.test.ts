import { describe, expect, test } from "vitest";
import {
  createSecretsManager,
  finalizeMigration,
  type MigrateSecretsOptions,
  migrateSecrets,
  rebindPaths,
  type SecretsManager,
} from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { outerPlugin, TwoStores } from "../support/two-stores.ts";

describe("a migration with wrong arguments", () => {
  const asked: [what: string, options: object][] = [
    ["no target", {}],
    ["a target that is no id", { to: " " }],
    ["a misspelt option", { to: "OUTER", concurency: 1 }],
    ["no concurrency", { to: "OUTER", concurrency: 0 }],
    ["one manager for both", { to: "OUTER", from: "outer" }],
    ["a prefix that is no string", { to: "OUTER", prefix: 1 }],
    ["progress that is no function", { to: "OUTER", onProgress: 1 }],
    ["a dry run that is a text", { to: "OUTER", dryRun: "false" }],
    ["a dry run that is null", { to: "OUTER", dryRun: null }],
    ["writers who are not stopped, in a text", { to: "OUTER", writersStopped: "false" }],
  ];
  test.each(asked)("%s is a TypeError", async (_what, options) => {
    const manager = await new TwoStores().open("MEMORY");
    await expect(migrateSecrets(manager, options as MigrateSecretsOptions)).rejects.toThrow(TypeError);
  });

  test("a dry run that is a text is a TypeError of every call", async () => {
    const manager = await new TwoStores().open("MEMORY");
    const options = { dryRun: "false" } as unknown as { readonly dryRun: boolean };
    for (const call of [finalizeMigration, rebindPaths]) {
      await expect(call(manager, options)).rejects.toThrow(TypeError);
    }
  });

  test("a manager that is not installed is reported, with the package to install", async () => {
    const manager = await new TwoStores().open("MEMORY");
    const refused = await failure(migrateSecrets(manager, { to: "vault" }));
    expect(refused.code).toBe("INVALID_CONFIGURATION");
    expect(refused.message).toContain("@archestra/secrets-vault");
  });

  test("copies at a manager that is not installed are not reported as absent", async () => {
    const manager = await new TwoStores().open("MEMORY");
    expect(await failure(finalizeMigration(manager, { copiesAt: "OUTR" }))).toMatchObject({
      code: "INVALID_CONFIGURATION",
      reason: "OWNER_NOT_CONFIGURED",
      operation: "finalizeMigration",
    });
  });

  test("is UNSUPPORTED without an ownership table", async () => {
    const manager = await openBackend(fakeBackend());
    for (const call of [
      migrateSecrets(manager, { to: "OTHER" }),
      finalizeMigration(manager),
      rebindPaths(manager),
    ]) {
      expect(await failure(call)).toMatchObject({ code: "UNSUPPORTED" });
    }
  });

  test("the id of a manager is accepted in any case", async () => {
    const stores = new TwoStores();
    const mixed = Object.create(outerPlugin(stores.outer), { id: { value: "Mixed" } });
    const [inner, outer] = await Promise.all(
      ["MEMORY", "MIXED"].map((manager) =>
        createSecretsManager({
          plugins: [memoryPlugin({ store: stores.table }), mixed],
          manager,
          env: {},
          logger: recordedLogger(),
        }),
      ),
    );
    if (inner === undefined || outer === undefined) throw new Error("Two managers are open.");
    await outer.create("a", { token: "1" });
    expect(await migrateSecrets(inner, { to: "memory", from: "MIXED" })).toMatchObject({ done: 1 });
    expect(await finalizeMigration(inner, { copiesAt: "mixed" })).toMatchObject({ done: 1 });
    expect(await migrateSecrets(inner, { to: "mIXED" })).toMatchObject({ done: 1 });
    expect((await outer.get("a"))?.manager).toBe("Mixed");
    expect(stores.table.find("a")?.manager).toBe("Mixed");
  });

  test("a value that is not a manager is a TypeError", async () => {
    await expect(migrateSecrets({} as SecretsManager, { to: "OUTER" })).rejects.toThrow(TypeError);
  });
});
