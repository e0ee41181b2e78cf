import { expect, test } from "vitest";
import { describeEachDatabase, type TestDatabase } from "../support/each-database.ts";
import { failure, failureCode } from "../support/failure.ts";
import { callContext, expectationOf, OTHER, openBackend } from "../support/open-backend.ts";
import { startManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const ownership = { purpose: "ownership" } as const;
const noKey = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: undefined };

/** A database with a secret of ours, one that is not sealed, and one that another manager owns. */
async function fill(database: TestDatabase): Promise<void> {
  const manager = await startManager(database.environment());
  await manager.create("own", plantedValue());
  await manager.close();
  await database.query("INSERT INTO archestra_secrets (name, manager) VALUES ('other', 'OTHER')");
  await database.query(`INSERT INTO archestra_secrets (name, value) VALUES ('plain', '{"a":1}')`);
}

const everything = async (database: TestDatabase) => [
  await database.query("SELECT * FROM archestra_secrets ORDER BY name"),
  await database.query("SELECT * FROM archestra_secrets_keys"),
];

describeEachDatabase("opened for its ownership without a key", (create) => {
  test.each([false, true])(
    "it warns of nothing, writes nothing, and is degraded as long as secrets are its own (strict: %s)",
    async (strict) => {
      const database = await create();
      await fill(database);
      const before = await everything(database);
      const logger = recordedLogger();
      const { backend } = await openBackend(database.environment(noKey), { ...ownership, strict, logger });
      const health = await backend.check({ count: true }, callContext());
      expect(health).toMatchObject({
        status: "degraded",
        problems: [{ code: "INVALID_CONFIGURATION", reason: "KEY_MISSING" }],
        count: 2,
      });
      expect(health.problems[0]?.message).toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET");
      expect(await everything(database)).toEqual(before);
      await database.query(
        `UPDATE archestra_secrets SET manager = 'OTHER', copy_manager = 'DB' WHERE manager = 'DB'`,
      );
      expect(await backend.check({ count: false }, callContext())).toEqual({
        status: "healthy",
        problems: [],
      });
      await backend.close();
      expect(logger.warnings).toEqual([]);
    },
  );

  test("it makes the tables where there are none, and registers no key", async () => {
    const database = await create();
    const opened = await openBackend(database.environment(noKey), ownership);
    expect(await opened.ownership.claim("a", { manager: OTHER, state: "active" }, callContext())).toBe(true);
    expect(await database.query("SELECT * FROM archestra_secrets_keys")).toEqual([]);
  });

  test("it serves and changes rows, including those of secrets of the database", async () => {
    const database = await create();
    await fill(database);
    const { backend, ownership: store } = await openBackend(database.environment(noKey), ownership);
    const own = { name: "own", manager: "DB", state: "active" } as const;
    expect(await store.find("own", callContext())).toEqual(own);
    expect(await store.read("other", callContext())).toEqual({
      name: "other",
      manager: OTHER,
      state: "active",
    });
    const listed = await Array.fromAsync(store.list({ prefix: "" }, callContext()));
    expect(listed.map(({ name, info }) => [name, info?.name])).toEqual([
      ["other", undefined],
      ["own", "own"],
      ["plain", "plain"],
    ]);
    expect(Object.fromEntries(await store.count({}, callContext()))).toEqual({ DB: 2, OTHER: 1 });
    const deleting = { manager: OTHER, state: "deleting", transitionId: "1" } as const;
    expect(await store.advance({ ...own, name: "other", manager: OTHER }, deleting, callContext())).toBe(
      true,
    );
    expect(await store.remove({ name: "other", ...deleting }, callContext())).toBe(true);
    expect(await backend.has?.("own", callContext())).toBe(true);
    expect(await backend.delete("own", { expect: "any" }, callContext())).toBe(true);
    expect(await store.find("own", callContext())).toBeUndefined();
  });

  test("every value that is read or written fails, and the error names the variable", async () => {
    const database = await create();
    await fill(database);
    const { backend, ownership: store } = await openBackend(database.environment(noKey), ownership);
    const before = await everything(database);
    const row = expectationOf(await store.find("other", callContext()));
    const copied = { ...row, copy: { manager: "DB" }, value: plantedValue() };
    const version = (await Array.fromAsync(store.list({ prefix: "own" }, callContext())))[0]?.info?.version;
    const context = callContext();
    for (const call of [
      () => store.read("own", context),
      () => backend.get("own", context),
      () => store.advance(row, copied, context),
      () => backend.write("new", plantedValue(), { expect: "absent" }, context),
      () => backend.write("new", plantedValue(), { expect: "any" }, context),
      () => backend.write("own", plantedValue(), { expect: "present" }, context),
      () => backend.write("own", plantedValue(), { expect: { version: String(version) } }, context),
    ]) {
      const error = await failure(call());
      expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "KEY_MISSING"]);
      expect(error.message).toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET");
    }
    for (const results of [
      await store.readMany(["own", "other"], context),
      await backend.getMany?.(["own", "other"], context),
    ]) {
      expect(results?.get("own")).toMatchObject({ status: "failed", error: { reason: "KEY_MISSING" } });
      expect(results?.get("other")?.status).not.toBe("failed");
    }
    expect(await everything(database)).toEqual(before);
  });
});

describeEachDatabase("opened for its ownership with a key", (create) => {
  test("it starts as usual: registers the key and encrypts rows that are not encrypted", async () => {
    const database = await create();
    await fill(database);
    const logger = recordedLogger();
    const { ownership: store } = await openBackend(database.environment(), { ...ownership, logger });
    expect(logger.codes).toEqual(["ARCHESTRA_SECRETS_ENCRYPTED_AT_START"]);
    expect((await store.read("plain", callContext()))?.secret?.value).toEqual({ a: 1 });
  });

  test("it stops in strict mode at a row that is not encrypted, and for a wrong key", async () => {
    const database = await create();
    await fill(database);
    const strict = openBackend(database.environment(), { ...ownership, strict: true });
    expect(await failureCode(strict)).toBe("INVALID_CONFIGURATION UNENCRYPTED_ROWS");
    const wrong = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedValue().token };
    expect(await failureCode(openBackend(database.environment(wrong), ownership))).toBe(
      "DECRYPTION_FAILED KEY_MISMATCH",
    );
  });
});

describeEachDatabase("opened for its secrets without a key", (create) => {
  test("it does not start", async () => {
    const database = await create();
    const { code } = await failure(openBackend(database.environment(noKey)));
    expect(code).toBe("INVALID_CONFIGURATION");
  });
});
