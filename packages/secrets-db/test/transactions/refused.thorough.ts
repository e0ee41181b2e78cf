import { createSecretsManager, migrateSecrets } from "@archestra/secrets-core";
import { MemoryStore } from "@archestra/secrets-core/memory";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import {
  connectionIds,
  describeEachApplication,
  startApplication,
  startSecrets,
} from "../support/application.ts";
import { type ApplicationKysely, postgresKysely, sqliteKysely } from "../support/application-kysely.ts";
import { externalPlugin } from "../support/external-plugin.ts";
import { failure, failureCode } from "../support/failure.ts";
import { defaultKey, openManager } from "../support/open-manager.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const REFUSED = "UNSUPPORTED NOT_IN_TRANSACTION";

describeEachApplication("a transaction and secrets of another manager", (create) => {
  /** A secret "there" of OTHER, which is selected or not. */
  async function open(manager: "DB" | "OTHER") {
    const store = new MemoryStore();
    const { kysely } = await create();
    const plugins = () => [dbPlugin({ kysely }), externalPlugin(store)];
    const before = await startSecrets(kysely, { plugins: plugins(), manager: "OTHER" });
    await before.create("there", { n: 1 });
    await before.close();
    return { kysely, secrets: await startSecrets(kysely, { plugins: plugins(), manager }) };
  }

  test("a secret of another manager is refused for every call, and the transaction continues", async () => {
    const { kysely, secrets } = await open("DB");
    await kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      await transaction.insertInto("connections").values({ id: "1" }).execute();
      const error = await failure(inside.set("there", { n: 2 }));
      expect([error.code, error.reason, error.secretName]).toEqual([
        "UNSUPPORTED",
        "NOT_IN_TRANSACTION",
        "there",
      ]);
      expect(error.message).toContain("The manager OTHER has this secret");
      expect(await failureCode(inside.get("there"))).toBe(REFUSED);
      expect(await failureCode(inside.has("there"))).toBe(REFUSED);
      expect(await failureCode(inside.update("there", { n: 2 }))).toBe(REFUSED);
      expect(await failureCode(inside.update("there", () => ({ n: 2 })))).toBe(REFUSED);
      expect(await failureCode(inside.update("there", { n: 2 }, { ifVersion: "OTHER:1" }))).toBe(REFUSED);
      expect(await failureCode(inside.delete("there"))).toBe(REFUSED);
      expect(await failureCode(inside.create("there", { n: 2 }))).toBe("ALREADY_EXISTS OTHER_MANAGER");
      const read = (await inside.getMany(["there"])).get("there");
      expect(read).toMatchObject({ status: "failed", error: { reason: "NOT_IN_TRANSACTION" } });
      await inside.create("here", { n: 3 });
      expect(await Array.fromAsync(inside.list())).toMatchObject([
        { name: "here", manager: "DB" },
        { name: "there", manager: "OTHER" },
      ]);
    });
    expect((await secrets.get("there"))?.value).toEqual({ n: 1 });
    expect(await secrets.has("here")).toBe(true);
    expect(await connectionIds(kysely)).toEqual(["1"]);
  });

  test("new secrets are refused when another manager is selected, and those of the database are changed", async () => {
    const { kysely, secrets } = await open("DB");
    await secrets.create("here", { n: 1 });
    await secrets.create("gone", { n: 1 });
    await secrets.close();
    const other = await startSecrets(kysely, {
      plugins: [dbPlugin({ kysely }), externalPlugin()],
      manager: "OTHER",
    });
    await kysely.transaction().execute(async (transaction) => {
      const inside = other.inTransaction(transaction);
      expect((await failure(inside.create("new", { n: 2 }))).message).toContain(
        "New secrets are stored at OTHER",
      );
      expect(await failureCode(inside.create("new", { n: 2 }))).toBe(REFUSED);
      expect(await failureCode(inside.set("new", { n: 2 }))).toBe(REFUSED);
      expect(await failureCode(inside.get("new"))).toBe(REFUSED);
      expect(await failureCode(inside.has("new"))).toBe(REFUSED);
      expect(await failureCode(inside.update("new", { n: 2 }))).toBe(REFUSED);
      expect(await failureCode(inside.delete("new"))).toBe(REFUSED);
      expect(await failureCode(Array.fromAsync(inside.list()))).toBe(REFUSED);
      await inside.set("here", { n: 2 });
      expect(await inside.delete("gone")).toBe(true);
    });
    expect((await other.get("here"))?.value).toEqual({ n: 2 });
    expect(await other.has("gone")).toBe(false);
    expect(await other.has("new")).toBe(false);
  });

  test("a secret that is being moved is read, and not changed", async () => {
    const { kysely, secrets } = await create();
    await secrets.create("a", { n: 1 });
    const columns = { state: "moving", transition_id: "1", transition_started_at: Date.now() };
    const plain = kysely.withoutPlugins() as unknown as Kysely<{ archestra_secrets: typeof columns }>;
    await plain.updateTable("archestra_secrets").set(columns).execute();
    await kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      expect((await inside.get("a"))?.value).toEqual({ n: 1 });
      expect(await failureCode(inside.set("a", { n: 2 }))).toBe("CONFLICT IN_TRANSITION");
      expect(await failureCode(inside.update("a", () => ({ n: 2 })))).toBe("CONFLICT IN_TRANSITION");
      expect(await failureCode(inside.delete("a"))).toBe("CONFLICT IN_TRANSITION");
    });
  });

  test("secrets are not moved in a transaction", async () => {
    const { kysely, secrets } = await create();
    await kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      expect(await failureCode(migrateSecrets(inside as never, { to: "DB" }))).toBe(REFUSED);
    });
  });

  test("a transaction that has ended is refused, and nothing is sent", async () => {
    const { kysely, secrets } = await create();
    const kept = await kysely
      .transaction()
      .execute(async (transaction) => secrets.inTransaction(transaction));
    expect(await failureCode(kept.set("a", { n: 1 }))).toBe("INVALID_ARGUMENT TRANSACTION_OVER");
    expect(await failureCode(kept.get("a"))).toBe("INVALID_ARGUMENT TRANSACTION_OVER");
    const failed: unknown[] = [];
    const rolledBack = kysely.transaction().execute(async (transaction) => {
      failed.push(transaction);
      throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    const after = secrets.inTransaction(failed[0] as object);
    expect(await failureCode(after.delete("a"))).toBe("INVALID_ARGUMENT TRANSACTION_OVER");
    expect(await secrets.has("a")).toBe(false);
  });

  test.skipIf(!("startTransaction" in Kysely.prototype))(
    "a controlled transaction is used, and refused once it has ended",
    async () => {
      const { kysely, secrets } = await create();
      const transaction = await kysely.startTransaction().execute();
      const inside = secrets.inTransaction(transaction);
      await inside.set("a", { n: 1 });
      await transaction.rollback().execute();
      expect(await failureCode(inside.set("a", { n: 2 }))).toBe("INVALID_ARGUMENT TRANSACTION_OVER");
      expect(await secrets.has("a")).toBe(false);
    },
  );

  test("a closed manager refuses its calls in a transaction", async () => {
    const { kysely, secrets } = await create();
    await kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      await secrets.close();
      expect(await failureCode(inside.set("a", { n: 1 }))).toBe("CLOSED");
    });
  });

  test("what is not a transaction is a TypeError", async () => {
    const { kysely, secrets } = await create();
    for (const other of [kysely, {}, undefined, null, "trx"]) {
      expect(() => secrets.inTransaction(other as object)).toThrow(TypeError);
    }
  });
});

describe("a transaction of another database", () => {
  const inFile = async (file: string): Promise<ApplicationKysely> => sqliteKysely(file);

  test("is used when it is another instance for the same SQLite file", async () => {
    const file = scratchFile();
    const secrets = await openManager(file);
    const { kysely } = await startApplication(await inFile(file));
    await kysely.transaction().execute(async (transaction) => {
      await transaction.insertInto("connections").values({ id: "1" }).execute();
      await secrets.inTransaction(transaction).create("a", { n: 1 });
    });
    expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
  });

  test("is refused when its tables are missing, and continues (SQLite)", async () => {
    const secrets = await openManager(scratchFile());
    const kysely = await inFile(scratchFile());
    await kysely.schema.createTable("connections").addColumn("id", "text").execute();
    await kysely.transaction().execute(async (transaction) => {
      const refused = secrets.inTransaction(transaction).create("a", { n: 1 });
      expect(await failureCode(refused)).toBe("INVALID_ARGUMENT OTHER_DATABASE");
      await transaction.insertInto("connections").values({ id: "1" }).execute();
    });
    expect(await connectionIds(kysely)).toEqual(["1"]);
    await kysely.destroy();
  });
});

describePostgres("a transaction of another PostgreSQL database", () => {
  const startOn = (url: string, key = defaultKey) =>
    startSecrets(undefined as never, {
      plugins: [dbPlugin()],
      env: { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: key },
    });

  test("is refused when its tables are missing or have other keys, and continues", async () => {
    const [first, second, third] = [
      await postgresDatabase(),
      await postgresDatabase(),
      await postgresDatabase(),
    ];
    const secrets = await startOn(first.url);
    await startOn(third.url, "the key of another database, which is long enough");
    for (const { url } of [second, third]) {
      const kysely = postgresKysely(url, 1);
      await kysely.schema.createTable("connections").addColumn("id", "text").execute();
      await kysely.transaction().execute(async (transaction) => {
        const inside = secrets.inTransaction(transaction);
        expect(await failureCode(inside.create("a", { n: 1 }))).toBe("INVALID_ARGUMENT OTHER_DATABASE");
        expect(await failureCode(inside.get("a"))).toBe("INVALID_ARGUMENT OTHER_DATABASE");
        await transaction.insertInto("connections").values({ id: "1" }).execute();
      });
      expect(await connectionIds(kysely)).toEqual(["1"]);
      await kysely.destroy();
    }
    expect(await secrets.has("a")).toBe(false);
  });

  test("is refused when it is of another dialect", async () => {
    const secrets = await openManager(scratchFile());
    const kysely = new Kysely({
      dialect: new PostgresDialect({
        pool: new pg.Pool({ connectionString: (await postgresDatabase()).url }),
      }),
    });
    await kysely.transaction().execute(async (transaction) => {
      expect(() => secrets.inTransaction(transaction)).toThrow("The transaction is of another database");
    });
    await kysely.destroy();
  });

  test("is used when it is another instance for the same database", async () => {
    const { url } = await postgresDatabase();
    const secrets = await startOn(url);
    const { kysely } = await startApplication(postgresKysely(url, 1));
    await kysely.transaction().execute(async (transaction) => {
      await secrets.inTransaction(transaction).create("a", { n: 1 });
    });
    expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
  });
});

test("a manager without a database refuses", async () => {
  const secrets = await createSecretsManager({ plugins: [externalPlugin()], manager: "OTHER", env: {} });
  expect(() => secrets.inTransaction({})).toThrow("OTHER cannot take part in a transaction");
  await secrets.close();
});
