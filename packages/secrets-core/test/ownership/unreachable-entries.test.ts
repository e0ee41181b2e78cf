import { describe, expect, test } from "vitest";
import { createSecretsManager, SecretsError } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import { entriesOf } from "../support/entries-of.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { outerPlugin, TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "1" });
const next = Object.freeze({ token: "2" });

describe("an entry", () => {
  test("with another path than the settings is refused by every call, and never followed", async () => {
    const stores = await TwoStores.filled(value);
    const moved = { prefix: "elsewhere" };
    for (const selected of ["MEMORY", "OUTER"] as const) {
      const manager = await stores.open(selected, { outer: moved });
      const calls = [
        manager.get("of-outer"),
        manager.has("of-outer"),
        manager.set("of-outer", next),
        manager.update("of-outer", next),
        manager.update("of-outer", () => next),
        manager.delete("of-outer"),
        manager.create("of-outer", next),
      ];
      for (const call of calls) {
        const refused = await failure(call);
        expect(refused).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "PATH_MISMATCH" });
        expect(refused.message).toContain('"outer/of-outer"');
        expect(refused.message).toContain('"elsewhere/of-outer"');
      }
      const results = await manager.getMany(["of-outer", "of-memory"]);
      expect(results.get("of-outer")).toMatchObject({ status: "failed", error: { reason: "PATH_MISMATCH" } });
      expect(results.get("of-memory")).toMatchObject({ status: "found" });
    }
    expect(stores.outer.find("of-outer")?.value).toEqual(value);
  });

  test("with another path than the settings is listed and counted, and check() reports it", async () => {
    const stores = await TwoStores.filled(value);
    for (const selected of ["MEMORY", "OUTER"] as const) {
      const manager = await stores.open(selected, { outer: { prefix: "elsewhere" } });
      expect(await entriesOf(manager)).toEqual(["of-memory at MEMORY", "of-outer at OUTER"]);
      const health = await manager.check({ count: true });
      expect(health).toMatchObject({
        status: "degraded",
        problems: [{ code: "INVALID_CONFIGURATION", reason: "PATH_MISMATCH" }],
        count: 2,
        countByManager: { MEMORY: 1, OUTER: 1 },
      });
      expect(health.problems[0]?.message).toContain("1 of the secrets");
      expect(health.problems[0]?.message).toContain('"elsewhere/of-outer"');
    }
  });

  test("of a manager that is not installed fails with the package to install", async () => {
    const stores = new TwoStores();
    stores.table.insert("a", { manager: "VAULT", state: "active", path: "secret/data/a" }, undefined);
    const manager = await createSecretsManager({
      plugins: [memoryPlugin({ store: stores.table })],
      manager: "MEMORY",
      env: {},
      logger: recordedLogger(),
    });
    const refused = await failure(manager.get("a"));
    expect(refused).toMatchObject({
      code: "INVALID_CONFIGURATION",
      reason: "OWNER_NOT_CONFIGURED",
      operation: "get",
      manager: "VAULT",
      secretName: "a",
    });
    expect(refused.message).toContain("@archestra/secrets-vault");
    expect(await manager.check()).toMatchObject({
      status: "degraded",
      problems: [{ code: "INVALID_CONFIGURATION", reason: "OWNER_NOT_CONFIGURED" }],
    });
    expect(await failure(manager.set("a", next))).toMatchObject({ code: "INVALID_CONFIGURATION" });
    expect(await manager.get("b")).toBeUndefined();
  });

  test("of a manager that does not open fails with the call and the secret", async () => {
    const stores = await TwoStores.filled(value);
    const { outer, table } = stores;
    const refusals = [
      new SecretsError("UNAUTHENTICATED", "The token is refused.", { reason: "TOKEN_REFUSED" }),
      new SecretsError("INVALID_CONFIGURATION", "The mount is missing.", { reason: "MOUNT_MISSING" }),
    ];
    for (const refusal of refusals) {
      const broken = Object.create(outerPlugin(outer), { create: { value: () => Promise.reject(refusal) } });
      const manager = await createSecretsManager({
        plugins: [memoryPlugin({ store: table }), broken],
        manager: "MEMORY",
        env: {},
        logger: recordedLogger(),
      });
      const { code, reason, message } = refusal;
      expect(await failure(manager.get("of-outer"))).toMatchObject({
        code,
        reason,
        operation: "get",
        manager: "OUTER",
        secretName: "of-outer",
        message: `get "of-outer" (OUTER): ${message}`,
      });
    }
  });
});
