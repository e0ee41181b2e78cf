import { DatabaseSync } from "node:sqlite";
import { createSecretsManager } from "@archestra/secrets-core";
import { PGlite } from "@electric-sql/pglite";
import {
  CamelCasePlugin,
  Kysely,
  MysqlDialect,
  PostgresDialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  sql,
} from "kysely";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { failure, failureCode } from "../support/failure.ts";
import { defaultKey } from "../support/open-manager.ts";
import { pgliteDialect } from "../support/pglite-dialect.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever tables the application has
type ApplicationKysely = Kysely<any>;

const openWith = (kysely: ApplicationKysely) =>
  createSecretsManager({
    plugins: [dbPlugin({ kysely })],
    env: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
  });

/** What an application sees of a manager on its own database, which stays open and as it was. */
async function useManagerOn(kysely: ApplicationKysely): Promise<void> {
  onTestFinished(() => kysely.destroy());
  const value = plantedValue();
  const manager = await openWith(kysely);
  const { version: ifVersion } = await manager.create("a", value);
  await manager.update("a", { ...value, changed: true }, { ifVersion: String(ifVersion) });
  await Promise.all(Array.from({ length: 20 }, (_, index) => manager.set(`many/${index}`, value)));
  expect((await Array.fromAsync(manager.list({ prefix: "many/" }))).length).toBe(20);
  await manager.close();
  await sql`INSERT INTO archestra_secrets (name, value) VALUES ('brought', ${JSON.stringify(value)})`.execute(
    kysely,
  );
  const second = await openWith(kysely);
  expect((await second.get("brought"))?.value).toEqual(value);
  expect((await second.get("a"))?.value).toEqual({ ...value, changed: true });
  await second.close();
  expect((await sql`SELECT 1 AS one`.execute(kysely)).rows).toEqual([{ one: 1 }]);
}

test("an instance for SQLite is used, with a plugin that would rename our columns", async () => {
  const dialect = new SqliteDialect({ database: openSqlite(scratchFile()) });
  await useManagerOn(new Kysely({ dialect, plugins: [new CamelCasePlugin()] }));
});

test("an instance whose client names SQLite's errors only in their messages is used", async () => {
  await useManagerOn(
    new Kysely({ dialect: new SqliteDialect({ database: withErrorsInWords(openSqlite(scratchFile())) }) }),
  );
});

test("an instance is recognised although a bundler shortened the names of classes", async () => {
  Object.defineProperty(SqliteAdapter, "name", { value: "q" });
  onTestFinished(() => void Object.defineProperty(SqliteAdapter, "name", { value: "SqliteAdapter" }));
  await useManagerOn(new Kysely({ dialect: new SqliteDialect({ database: openSqlite(scratchFile()) }) }));
});

test("an instance for PGlite is used", async () => {
  await useManagerOn(new Kysely({ dialect: pgliteDialect(new PGlite()) }));
});

test("an instance for another database is refused", async () => {
  const kysely = new Kysely({
    dialect: new MysqlDialect({ pool: async () => Promise.reject(new Error("never asked")) }),
  });
  const error = await failure(openWith(kysely));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "UNKNOWN_DIALECT" });
  expect(error.message).toContain("`better-sqlite3`");
});

test("a transaction is refused, since it ends before the manager does", async () => {
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: openSqlite(scratchFile()) }) });
  onTestFinished(() => kysely.destroy());
  await kysely.transaction().execute(async (transaction) => {
    const error = await failure(openWith(transaction));
    expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "TRANSACTION_GIVEN" });
    expect(error.message).toContain("`inTransaction`");
  });
});

// Kysely 0.27 has none.
test.runIf("startTransaction" in Kysely.prototype)(
  "a controlled transaction is refused as well",
  async () => {
    const kysely = new Kysely({ dialect: new SqliteDialect({ database: openSqlite(scratchFile()) }) });
    onTestFinished(() => kysely.destroy());
    const controlled = await kysely.startTransaction().execute();
    expect(await failureCode(openWith(controlled))).toBe("INVALID_CONFIGURATION TRANSACTION_GIVEN");
    await controlled.rollback().execute();
  },
);

test("a value that is not an instance is refused", async () => {
  for (const thing of [new pg.Pool(), {}, "postgres://"])
    expect(await failureCode(openWith(thing as never))).toBe("INVALID_CONFIGURATION NOT_KYSELY");
});

test.each([
  "D1_ERROR: no such table: archestra_secrets_migrations: SQLITE_ERROR",
  "D1_EXEC_ERROR: Error in line 1: BEGIN IMMEDIATE",
  "Transactions are not supported yet.",
])("an instance for Cloudflare D1, which fails with %s, is refused by name", async (message) => {
  const error = await failure(openWith(new Kysely({ dialect: new D1Dialect(message) })));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "UNKNOWN_DIALECT", retryable: false });
  expect(error.message).toContain("Cloudflare D1");
});

test("an SQLite file that the application has open stays usable to it", async () => {
  const file = scratchFile();
  const application = new DatabaseSync(file);
  onTestFinished(() => application.close());
  application.exec("CREATE TABLE orders (id INTEGER)");
  await useManagerOn(new Kysely({ dialect: new SqliteDialect({ database: openSqlite(file) }) }));
  expect(application.prepare("SELECT count(*) AS count FROM orders").get()).toMatchObject({ count: 0 });
});

describePostgres("an instance for PostgreSQL", () => {
  test("is used, with two connections, statements of at most ten seconds, and a plugin that renames columns", async () => {
    const { url } = await postgresDatabase();
    const pool = new pg.Pool({ connectionString: url, max: 2, statement_timeout: 10_000 });
    await useManagerOn(
      new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] }),
    );
  });
});

/**
 * Stands for better-sqlite3, which needs a download to install: its errors carry `SQLITE_ERROR` as their code, where
 * `node:sqlite` carries a number. Everything else is real.
 */
function withErrorsInWords(database: SqliteDatabase): SqliteDatabase {
  const words: Readonly<Record<number, string>> = { 1: "SQLITE_ERROR", 5: "SQLITE_BUSY" };
  const translate = <Result>(run: () => Result): Result => {
    try {
      return run();
    } catch (error) {
      const { errcode } = error as { errcode: number };
      throw Object.assign(new Error("in words"), { code: words[errcode] ?? `SQLITE_${errcode}` });
    }
  };
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = translate(() => database.prepare(text));
      return {
        reader: statement.reader,
        all: (parameters) => translate(() => statement.all(parameters)),
        run: (parameters) => translate(() => statement.run(parameters)),
        iterate: (parameters) => statement.iterate(parameters),
      };
    },
  };
}

/** As the dialects for Cloudflare D1 are made: SQLite to Kysely, over a client that runs in Cloudflare's workers alone. */
class D1Dialect extends SqliteDialect {
  readonly #message: string;

  constructor(message: string) {
    super({ database: openSqlite(":memory:") });
    this.#message = message;
  }

  override createDriver(): ReturnType<SqliteDialect["createDriver"]> {
    const fail = async () => {
      throw new Error(this.#message);
    };
    return {
      init: async () => {},
      acquireConnection: async () => ({ executeQuery: fail, streamQuery: fail as never }),
      beginTransaction: fail,
      commitTransaction: fail,
      rollbackTransaction: fail,
      releaseConnection: async () => {},
      destroy: async () => {},
    };
  }
}
