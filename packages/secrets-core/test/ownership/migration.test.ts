import { describe, expect, test } from "vitest";
import {
  type BulkProgress,
  finalizeMigration,
  type MigrateSecretsOptions,
  migrateSecrets,
  SecretsError,
  type SecretsManager,
} from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const names = Array.from({ length: 40 }, (_, index) => `secret/${String(index).padStart(2, "0")}`);

async function fill(manager: SecretsManager): Promise<void> {
  for (const [index, name] of names.entries()) await manager.create(name, { index });
}

async function expectAllAt(manager: SecretsManager, owner: ManagerId): Promise<void> {
  const secrets = [...(await manager.getMany(names)).values()];
  const seen = secrets.map((result) =>
    result.status === "found" ? [result.secret.manager, result.secret.value] : result,
  );
  expect(seen).toEqual(names.map((_, index) => [owner, { index }]));
}

describe.each([
  ["MEMORY", "OUTER"],
  ["OUTER", "MEMORY"],
] as const)("from %s to %s", (from, to) => {
  test.each(["MEMORY", "OUTER"] as const)(
    "and back, with %s selected, every secret is complete",
    async (selected) => {
      const stores = new TwoStores();
      await fill(await stores.open(from));
      const manager = await stores.open(selected);
      const progress: BulkProgress[] = [];
      const report = await migrateSecrets(manager, { to, onProgress: (one) => progress.push(one) });
      expect(report).toEqual({ done: 40, skipped: 0, failed: 0, failures: [], stopped: false });
      expect(progress).toHaveLength(40);
      expect(progress.at(-1)).toMatchObject({ done: 40, failed: 0 });
      expect(progress.map(({ name }) => name).sort()).toEqual(names);
      await expectAllAt(manager, to);
      expect(await migrateSecrets(manager, { to, from })).toMatchObject({ done: 0, skipped: 40 });
      expect(stores.contents).toEqual({ rows: names, outer: names });

      expect(await migrateSecrets(manager, { to: from })).toMatchObject({ done: 40, failed: 0 });
      await expectAllAt(manager, from);
      expect(await migrateSecrets(manager, { to })).toMatchObject({ done: 40, failed: 0 });
      expect(await finalizeMigration(manager)).toMatchObject({ done: 40, failed: 0 });
      await expectAllAt(manager, to);
      expect(await finalizeMigration(manager)).toMatchObject({ done: 0, skipped: 40 });
      expect(stores.outer.rows.map(({ name }) => name)).toEqual(to === "OUTER" ? names : []);
      expect(stores.table.rows.filter((row) => row.value !== undefined)).toHaveLength(
        to === "OUTER" ? 0 : 40,
      );
    },
  );

  test("a dry run changes nothing, and reports secrets that cannot move", async () => {
    const stores = new TwoStores();
    const manager = await stores.open(from);
    await fill(manager);
    const before = [stores.table.rows, stores.outer.rows];
    expect(await migrateSecrets(manager, { to, dryRun: true })).toMatchObject({ done: 40, failed: 0 });
    expect([stores.table.rows, stores.outer.rows]).toEqual(before);
  });

  test("a dry run reports a secret that cannot be read", async () => {
    const stores = new TwoStores();
    const manager = await stores.open(from);
    await fill(manager);
    const store = from === "MEMORY" ? stores.table : stores.outer;
    const row = store.find("secret/07");
    if (row === undefined) throw new Error("There is no row.");
    store.replace(row, { value: "no object" as never });
    for (const dryRun of [true, false]) {
      const report = await migrateSecrets(manager, { to, dryRun });
      expect(report).toMatchObject({ done: 39, failed: 1 });
      expect(report.failures[0]).toMatchObject({ name: "secret/07", error: { code: "INVALID_VALUE" } });
    }
  });

  test("a prefix moves only the names that begin with it", async () => {
    const stores = new TwoStores();
    const manager = await stores.open(from);
    await fill(manager);
    expect(await migrateSecrets(manager, { to, prefix: "secret/0" })).toMatchObject({ done: 10, skipped: 0 });
    expect((await manager.check({ count: true })).countByManager).toEqual({ [from]: 30, [to]: 10 });
  });

  test("a secret that was deleted after the move stays deleted, with the copy still there", async () => {
    const stores = new TwoStores();
    const mover = await stores.open(from);
    await fill(mover);
    await migrateSecrets(mover, { to });
    for (const selected of ["MEMORY", "OUTER"] as const) {
      const manager = await stores.open(selected);
      const name = selected === "MEMORY" ? "secret/00" : "secret/01";
      expect(await manager.delete(name)).toBe(true);
      for (const reader of [await stores.open("MEMORY"), await stores.open("OUTER")]) {
        expect(await reader.get(name)).toBeUndefined();
        expect(await reader.has(name)).toBe(false);
        expect(await Array.fromAsync(reader.list({ prefix: name }))).toEqual([]);
      }
    }
  });

  test("a version from before the move conflicts afterwards, and after a rollback", async () => {
    const stores = new TwoStores();
    const manager = await stores.open(from);
    const { version } = await manager.create("a", { step: 1 });
    for (const target of [to, from]) {
      await migrateSecrets(manager, { to: target });
      for (const call of [
        manager.update("a", { step: 2 }, { ifVersion: version }),
        manager.delete("a", { ifVersion: version }),
      ]) {
        expect(await failure(call)).toMatchObject({ code: "CONFLICT" });
      }
    }
    expect((await manager.get("a"))?.value).toEqual({ step: 1 });
  });
});

describe("a secret at the target", () => {
  test("a secret of its own at the target is neither overwritten nor deleted", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("MEMORY");
    await manager.create("a", { of: "memory" });
    stores.outer.insert("a", { manager: "MEMORY", state: "active" }, { of: "outer" });
    for (const dryRun of [true, false]) {
      const report = await migrateSecrets(manager, { to: "OUTER", dryRun });
      expect(report).toMatchObject({ done: 0, failed: 1 });
      expect(report.failures[0]).toMatchObject({
        name: "a",
        error: {
          code: "ALREADY_EXISTS",
          reason: "TARGET_OCCUPIED",
          operation: "migrateSecrets",
          manager: "OUTER",
          secretName: "a",
        },
      });
    }
    expect((await manager.get("a"))?.value).toEqual({ of: "memory" });
    await manager.delete("a");
    expect(stores.outer.find("a")?.value).toEqual({ of: "outer" });
  });

  test.each([true, false])(
    "a secret that another process recreated at the target after the entry was read is left as it is (dry run: %s)",
    async (dryRun) => {
      const stores = new TwoStores();
      const other = await stores.open("OUTER");
      let isLate = false;
      const manager = await stores.open("MEMORY", {
        intercept: async ({ plugin, method }, run) => {
          if (!isLate && plugin === "OUTER" && method === "get") {
            isLate = true;
            await other.delete("a");
            await other.create("a", { step: 2 });
          }
          return run();
        },
      });
      await manager.create("a", { step: 1 });
      const report = await migrateSecrets(manager, { to: "OUTER", dryRun });
      expect(report).toMatchObject({ done: 0, skipped: 1, failures: [] });
      expect(isLate).toBe(true);
      expect(await manager.get("a")).toMatchObject({ manager: "OUTER", value: { step: 2 } });
    },
  );

  test("a changed copy is not overwritten, and can be removed by finalizeMigration()", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("OUTER");
    await manager.create("a", { step: 1 });
    await migrateSecrets(manager, { to: "MEMORY" });
    const copy = stores.outer.find("a");
    if (copy === undefined) throw new Error("There is no copy.");
    stores.outer.replace(copy, { value: { by: "hand" }, version: copy.version + 1 });
    const report = await migrateSecrets(manager, { to: "OUTER" });
    expect(report.failures[0]?.error).toMatchObject({ code: "CONFLICT", reason: "COPY_CHANGED" });
    expect((await manager.get("a"))?.value).toEqual({ step: 1 });
    expect(await finalizeMigration(manager, { copiesAt: "outer" })).toMatchObject({ done: 1 });
    expect(await migrateSecrets(manager, { to: "OUTER" })).toMatchObject({ done: 1, failed: 0 });
  });

  test("the last value is not removed as a copy", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("MEMORY");
    await manager.create("a", { step: 1 });
    await migrateSecrets(manager, { to: "OUTER" });
    stores.outer.remove("a");
    const report = await finalizeMigration(manager);
    expect(report.failures[0]?.error).toMatchObject({ code: "CONFLICT", reason: "OWNER_EMPTY" });
    expect(stores.table.find("a")?.value).toEqual({ step: 1 });
  });

  test("an entry that names its owner as the manager of its copy is refused", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("OUTER");
    await manager.create("a", { step: 1 });
    const row = stores.table.find("a");
    if (row === undefined) throw new Error("There is no row.");
    stores.table.replace(row, { copy: { manager: "OUTER", path: "outer/a" } });
    const refused = { code: "INVALID_CONFIGURATION", reason: "COPY_AT_OWNER", manager: "OUTER" };
    expect((await finalizeMigration(manager)).failures[0]?.error).toMatchObject(refused);
    expect(await failure(manager.delete("a"))).toMatchObject(refused);
    expect((await manager.get("a"))?.value).toEqual({ step: 1 });
  });

  test("one failure after another stops the migration, and the secrets stay where they are", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("MEMORY", {
      outer: {
        replaced: {
          write: async () => {
            throw new Error("no");
          },
          classify: () => "UNAVAILABLE",
        },
      },
    });
    await fill(manager);
    const report = await migrateSecrets(manager, { to: "OUTER", concurrency: 2 });
    expect(report).toMatchObject({ done: 0, stopped: true });
    expect(report.failed).toBeLessThan(10);
    await expectAllAt(manager, "MEMORY");
    expect(stores.table.rows.every(({ state, copy }) => state === "active" && copy === undefined)).toBe(true);
  });

  test("failures of single secrets do not prevent the move of the others", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("MEMORY");
    await fill(manager);
    for (const name of names.slice(0, 30)) {
      stores.outer.insert(name, { manager: "MEMORY", state: "active" }, { of: "outer" });
    }
    const report = await migrateSecrets(manager, { to: "OUTER", concurrency: 2 });
    expect(report).toMatchObject({ done: 10, failed: 30, stopped: false });
  });

  test("secrets that cannot be read do not prevent the move of the others, whatever their code", async () => {
    const stores = new TwoStores();
    await fill(await stores.open("OUTER"));
    const manager = await stores.open("MEMORY", {
      intercept: ({ plugin, method, args }, run) => {
        if (plugin !== "OUTER" || method !== "get" || !names.slice(0, 30).includes(String(args[0])))
          return run();
        throw new SecretsError("INTERNAL", "The store lost the value.", { reason: "DAMAGED_SECRET" });
      },
    });
    const report = await migrateSecrets(manager, { to: "MEMORY", concurrency: 2 });
    expect(report).toMatchObject({ done: 10, failed: 30, stopped: false });
  });

  test("a name that violates the grammar is reported, and not moved", async () => {
    const stores = new TwoStores();
    for (const name of ["../a", "a//b", " c"]) {
      stores.table.insert(name, { manager: "MEMORY", state: "active" }, { step: 1 });
    }
    const manager = await stores.open("MEMORY");
    for (const dryRun of [true, false]) {
      const report = await migrateSecrets(manager, { to: "OUTER", dryRun });
      const reasons = report.failures.map(({ name, error }) => [name, error.code, error.reason]);
      expect(reasons.sort()).toEqual([
        [" c", "INVALID_ARGUMENT", "NAME_EDGE_SPACE"],
        ["../a", "INVALID_ARGUMENT", "NAME_DOUBLE_DOT"],
        ["a//b", "INVALID_ARGUMENT", "NAME_EMPTY_SEGMENT"],
      ]);
    }
    expect(stores.outer.rows).toEqual([]);
  });

  test("a target that returns another value than was written fails the move", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("MEMORY", {
      outer: { replaced: { get: async (name) => ({ name, version: "1", value: { other: true } }) } },
    });
    await manager.create("a", { step: 1 });
    stores.outer.remove("a");
    // With a backend without `has`, the place would look occupied.
    const whole = await stores.open("MEMORY", {
      outer: {
        replaced: {
          has: async () => false,
          get: async (name) => ({ name, version: "1", value: { other: true } }),
        },
      },
    });
    const report = await migrateSecrets(whole, { to: "OUTER" });
    expect(report.failures[0]?.error).toMatchObject({ code: "INTERNAL", reason: "COPY_DIFFERS" });
    expect((await whole.get("a"))?.value).toEqual({ step: 1 });
    // What was written there goes with the secret.
    await whole.delete("a");
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });

  test("a move from a source without conditional writes needs `writersStopped`", async () => {
    const stores = new TwoStores({ conditionalWrites: false });
    const manager = await stores.open("OUTER");
    await manager.create("a", { step: 1 });
    const asked: MigrateSecretsOptions = { to: "MEMORY", from: "OUTER" };
    expect(await failure(migrateSecrets(manager, asked))).toMatchObject({
      code: "UNSUPPORTED",
      reason: "WRITERS_NOT_STOPPED",
    });
    expect(await migrateSecrets(manager, { ...asked, writersStopped: true })).toMatchObject({ done: 1 });
    expect((await manager.get("a"))?.manager).toBe("MEMORY");
    expect(await migrateSecrets(manager, { to: "OUTER" })).toMatchObject({ done: 1 });
    expect((await manager.get("a"))?.value).toEqual({ step: 1 });
  });
});

test("a signal aborts the migration, and the next call continues it", async () => {
  const stores = new TwoStores();
  const manager = await stores.open("MEMORY");
  await fill(manager);
  const controller = new AbortController();
  const migrating = migrateSecrets(manager, {
    to: "OUTER",
    concurrency: 1,
    signal: controller.signal,
    onProgress: ({ done }) => done === 10 && controller.abort(),
  });
  const ended = await failure(migrating);
  expect(ended).toMatchObject({ code: "ABORTED", operation: "migrateSecrets" });
  expect(ended).not.toHaveProperty("secretName");
  expect(ended.message).toContain("after 10 secrets were done");
  const counts = (await manager.check({ count: true })).countByManager;
  expect(counts?.OUTER).toBe(10);
  expect(await migrateSecrets(manager, { to: "OUTER" })).toMatchObject({ done: 30, skipped: 10 });
  await expectAllAt(manager, "OUTER");
});

test("without the permission to list, secrets with an entry are moved with a warning, and a migration with `from` is refused", async () => {
  const stores = new TwoStores({
    replaced: {
      // biome-ignore lint/correctness/useYield: it never comes to that
      async *list(): AsyncGenerator<never> {
        throw new SecretsError("PERMISSION_DENIED", "No policy allows it.");
      },
    },
  });
  const logger = recordedLogger();
  const manager = await stores.open("OUTER", { logger });
  await fill(manager);
  stores.outer.insert("unknown", { manager: "MEMORY", state: "active" }, { step: 1 });
  expect(await failure(migrateSecrets(manager, { to: "MEMORY", from: "OUTER" }))).toMatchObject({
    code: "PERMISSION_DENIED",
    operation: "migrateSecrets",
    manager: "OUTER",
  });
  await expectAllAt(manager, "OUTER");
  expect(logger.warnings).toEqual([]);
  expect(await migrateSecrets(manager, { to: "MEMORY" })).toMatchObject({ done: 40, failed: 0 });
  await expectAllAt(manager, "MEMORY");
  expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
    "ARCHESTRA_SECRETS_LIST_WITHOUT_PERMISSION",
  ]);
  expect((await manager.get("unknown"))?.value).toEqual({ step: 1 });
});

test("a secret locked by an interrupted process is moved once the transition is stale", async () => {
  const stores = new TwoStores();
  const manager = await stores.open("MEMORY");
  await fill(manager);
  const row = stores.table.find("secret/07");
  if (row === undefined) throw new Error("There is no row.");
  stores.table.replace(row, {
    state: "moving",
    transitionId: "of a process that died",
    transitionStartedAt: new Date(),
    copy: { manager: "OUTER", path: "outer/secret/07" },
  });
  const migrating = migrateSecrets(manager, {
    to: "OUTER",
    onProgress: ({ done }) => {
      if (done === 39) stores.age();
    },
  });
  expect(await migrating).toMatchObject({ done: 40, failed: 0 });
  await expectAllAt(manager, "OUTER");
});
