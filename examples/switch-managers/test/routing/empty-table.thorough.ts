import { migrateSecrets, type SecretsManager } from "@archestra/secrets-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DatabaseAndVault } from "./support/database-and-vault.ts";
import { describeWithVault } from "./support/describe-with-vault.ts";
import { createDatabase, describeEachDatabase } from "./support/test-database.ts";

const names = Array.from({ length: 30 }, (_, index) => `secret-${String(index).padStart(2, "0")}`);
const [name, ...others] = names as [string, ...string[]];

/** The first call that a process makes, and what the named secret is afterwards. */
const calls: readonly {
  readonly what: string;
  readonly run: (manager: SecretsManager) => Promise<unknown>;
  readonly gives: unknown;
  readonly left?: object | undefined;
}[] = [
  { what: "get", run: async (manager) => (await manager.get(name))?.value, gives: { of: name } },
  { what: "has", run: (manager) => manager.has(name), gives: true },
  {
    what: "getMany",
    run: async (manager) => {
      const results = [...(await manager.getMany(names)).values()];
      return results.map((result) => result.status === "found" && result.secret.value);
    },
    gives: names.map((one) => ({ of: one })),
  },
  {
    what: "list",
    run: (manager) => Array.fromAsync(manager.list(), (info) => `${info.name} at ${info.manager}`),
    gives: names.map((one) => `${one} at VAULT`),
  },
  {
    what: "list in pages",
    run: async (manager) => {
      const first = await Array.fromAsync(manager.list({ limit: 10 }), (info) => info.name);
      return [
        ...first,
        ...(await Array.fromAsync(manager.list({ after: first.at(-1) }), (info) => info.name)),
      ];
    },
    gives: names,
  },
  {
    what: "check with the count",
    run: async (manager) => {
      const { status, count, countByManager } = await manager.check({ count: true });
      return { status, count, countByManager };
    },
    gives: { status: "healthy", count: 30, countByManager: { VAULT: 30 } },
  },
  {
    what: "create",
    run: (manager) => manager.create(name, { of: "new" }).catch((error: { code: unknown }) => error.code),
    gives: "ALREADY_EXISTS",
  },
  {
    what: "set",
    run: async (manager) => (await manager.set(name, { of: "new" })).manager,
    gives: "VAULT",
    left: { of: "new" },
  },
  {
    what: "update",
    run: async (manager) => (await manager.update(name, { of: "new" })).manager,
    gives: "VAULT",
    left: { of: "new" },
  },
  {
    what: "update by a function",
    run: async (manager) => (await manager.update(name, (current) => ({ ...current, more: 1 }))).manager,
    gives: "VAULT",
    left: { of: name, more: 1 },
  },
  { what: "delete", run: (manager) => manager.delete(name), gives: true, left: undefined },
  {
    what: "ten calls at the same time",
    run: async (manager) =>
      (await Promise.all(Array.from({ length: 10 }, () => manager.get(name)))).map((secret) => secret?.value),
    gives: Array.from({ length: 10 }, () => ({ of: name })),
  },
  {
    what: "migrateSecrets",
    run: async (manager) => {
      const { done, skipped, failed } = await migrateSecrets(manager, { to: "DB" });
      return { done, skipped, failed };
    },
    gives: { done: 30, skipped: 0, failed: 0 },
  },
];

describeWithVault("an empty database in front of a full Vault", {}, (vault) => {
  describeEachDatabase("of a fresh pod", (dialect) => {
    let places: DatabaseAndVault;
    let manager: SecretsManager;

    beforeAll(async () => {
      places = new DatabaseAndVault(await createDatabase(dialect), vault());
    });
    afterAll(() => places.database.remove());

    beforeEach(async () => {
      // By the application itself, on the disk that was lost.
      const earlier = await places.open("VAULT");
      await places.clear();
      await Promise.all(names.map((one) => earlier.create(one, { of: one })));
      await earlier.close();
      await places.database.query("DELETE FROM archestra_secrets");
      manager = await places.open("VAULT");
    });
    afterEach(() => manager.close());

    test.each(calls)("hides nothing from $what", async ({ run, gives, ...after }) => {
      expect(await run(manager)).toEqual(gives);
      const left = "left" in after ? after.left : { of: name };
      const later = await places.open("VAULT");
      for (const reader of [manager, later]) {
        expect((await reader.get(name))?.value).toEqual(left);
        for (const [other, result] of await reader.getMany(others)) {
          expect(result).toMatchObject({ status: "found", secret: { value: { of: other } } });
        }
        const listed = await Array.fromAsync(reader.list(), (info) => info.name);
        expect(listed).toEqual(left === undefined ? others : names);
      }
      await later.close();
      if (left !== undefined) return;
      expect(await places.vaultNames()).toEqual(others);
      expect((await places.rows()).map((row) => row.name)).toEqual(others);
    });

    test("leaves out invalid names, and counts them", async () => {
      const odd = [`${places.folder}/odd%20`, `${places.folder}/odd%20/one`, `${places.folder}/fine/%20odd`];
      for (const path of odd)
        await vault().demand("POST", `secret/data/${path}`, { data: { of: "another program" } });
      const pages: string[] = [];
      for (let page = [""]; page.length > 0; ) {
        page = await Array.fromAsync(manager.list({ after: pages.at(-1), limit: 7 }), (info) => info.name);
        pages.push(...page);
      }
      expect(pages).toEqual(names);
      expect(await manager.check({ count: true })).toMatchObject({ count: 30, unlistedCount: 3 });
      const report = await migrateSecrets(manager, { to: "DB", dryRun: true });
      expect(report).toMatchObject({ done: 30, failed: 3 });
      expect(new Set(report.failures.map(({ error }) => error.code))).toEqual(new Set(["INVALID_ARGUMENT"]));
      for (const path of odd) await vault().demand("DELETE", `secret/metadata/${path}`);
    });

    test("is the only store that is asked when DB is selected, and no secret of Vault is lost", async () => {
      const database = await places.open("DB");
      expect(await database.get(name)).toBeUndefined();
      expect(await Array.fromAsync(database.list())).toEqual([]);
      await database.create(name, { of: "DB" });
      expect(await migrateSecrets(database, { to: "VAULT" })).toMatchObject({
        done: 0,
        failures: [{ name, error: { code: "ALREADY_EXISTS", reason: "TARGET_OCCUPIED" } }],
      });
      expect(await database.delete(name)).toBe(true);
      await database.close();
      expect((await manager.get(name))?.value).toEqual({ of: name });
    });
  });
});
