import { randomUUID } from "node:crypto";
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { CamelCasePlugin, Kysely, PostgresDialect, SqliteDialect } from "kysely";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { dbPlugin, moveDatabase } from "../../src/index.ts";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { failure } from "../support/failure.ts";
import { defaultKey, fileEnvironment, startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";
import { describePostgres, type PostgresDatabase, postgresDatabase } from "../support/postgres-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever tables the application has
type ApplicationKysely = Kysely<any>;

const settings = (url: string, more: Record<string, string> = {}) => ({
  ARCHESTRA_DATABASE_URL: url,
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
  ...more,
});

const inSchema = (schema: string) => ({ ARCHESTRA_DATABASE_SCHEMA: schema });

/** Opens a manager on the application's own instance. */
async function openWith(kysely: ApplicationKysely): Promise<SecretsManager> {
  onTestFinished(() => kysely.destroy());
  const manager = await createSecretsManager({
    plugins: [dbPlugin({ kysely })],
    env: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
  });
  onTestFinished(() => manager.close());
  return manager;
}

/** The schemas that hold tables or indexes of ours. */
async function schemasWithOurs(database: Pick<PostgresDatabase, "query">): Promise<string[]> {
  const rows = await database.query<{ schema: string }>(
    "SELECT DISTINCT relnamespace::regnamespace::text AS schema FROM pg_class WHERE relname LIKE 'archestra_secrets%'",
  );
  return rows.map(({ schema }) => schema).sort();
}

/** Every statement that is built by hand: the counts of owners, the keys in use, the health, the sweep. */
async function useEverything(manager: SecretsManager): Promise<void> {
  const value = plantedValue();
  const { version } = await manager.create("a", value);
  await manager.update("a", { ...value, changed: true }, { ifVersion: String(version) });
  expect((await manager.get("a"))?.value).toEqual({ ...value, changed: true });
  expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["a"]);
  expect(await manager.check({ count: true })).toMatchObject({ status: "healthy", count: 1 });
}

describePostgres("schema", () => {
  test("two applications with schemas of their own in one database do not see each other's secrets", async () => {
    const database = await postgresDatabase();
    const [first, second] = [inSchema("first_app"), inSchema("Second_App")];
    const managers = await Promise.all([
      startManager(settings(database.url, first)),
      // With a key of its own, which the database of the first one would refuse.
      startManager(settings(database.url, { ...second, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() })),
    ]);
    for (const manager of managers) await useEverything(manager);
    await managers[0]?.delete("a");
    expect(await managers[1]?.has("a")).toBe(true);
    expect(await schemasWithOurs(database)).toEqual(['"Second_App"', "first_app"]);
  });

  test("the parameter `schema` of the URL has the same effect as the variable", async () => {
    const database = await postgresDatabase();
    const manager = await startManager(settings(`${database.url}?schema=vault`));
    await useEverything(manager);
    expect(await schemasWithOurs(database)).toEqual(["vault"]);
    const same = await startManager(settings(`${database.url}?schema=vault`, inSchema("vault")));
    expect(await same.has("a")).toBe(true);
    const error = await failure(startManager(settings(`${database.url}?schema=vault`, inSchema("other"))));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "SCHEMA_CONFLICT"]);
  });

  test("a key is changed, and imported rows are encrypted, within the schema", async () => {
    const database = await postgresDatabase();
    const [old, next] = [plantedKey(), plantedKey()];
    const { old: before, promoted } = rollouts(old, next);
    const env = settings(database.url, inSchema("vault"));
    const manager = await startManager({ ...env, ...before });
    await manager.create("a", { token: "x" });
    await manager.close();
    // Rows of the same names elsewhere, which nothing may touch.
    await database.query("CREATE TABLE archestra_secrets (LIKE vault.archestra_secrets INCLUDING ALL)");
    await database.query("INSERT INTO archestra_secrets SELECT * FROM vault.archestra_secrets");
    await database.query(
      `INSERT INTO vault.archestra_secrets (name, value) SELECT 'many/' || n, '{"n":1}' FROM generate_series(1, 3000) AS n`,
    );
    const importing = await startManager({ ...env, ...before });
    expect((await importing.get("many/1"))?.value).toEqual({ n: 1 });
    const rotation = await startRotation({ ...env, ...promoted });
    expect(await rotation.sweep()).toMatchObject({ done: true, reencrypted: 3001, failed: 0 });
    expect(await rotation.verify()).toMatchObject({ verified: true, rows: 3001 });
    const { next: step } = await rotation.status();
    expect(step.action).toBe("retire");
    await rotation.retire(String(step.keyId));
    const [elsewhere] = await database.query<{ rows: string; keys: string }>(
      "SELECT count(*) AS rows, count(DISTINCT key_id) AS keys FROM public.archestra_secrets WHERE key_id <> (SELECT max(key_id) FROM vault.archestra_secrets)",
    );
    expect(elsewhere).toEqual({ rows: "1", keys: "1" });
  });

  test("a user who may create nothing in the database uses a schema that was made for it", async () => {
    const database = await postgresDatabase();
    const role = `role_${randomUUID().replaceAll("-", "")}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`);
    onTestFinished(() => void database.query(`DROP OWNED BY ${role}`).catch(() => {}));
    const url = new URL(database.url);
    [url.username, url.password] = [role, "test"];

    const missing = await failure(startManager(settings(url.href, inSchema("vault"))));
    expect([missing.code, missing.reason]).toEqual(["INVALID_CONFIGURATION", "SCHEMA_MISSING"]);
    expect(missing.message).toContain("CREATE SCHEMA");
    await database.query(`CREATE SCHEMA vault AUTHORIZATION ${role}`);
    await useEverything(await startManager(settings(url.href, inSchema("vault"))));
  });

  test("without migrations a missing schema stops the start, and nothing is created", async () => {
    const database = await postgresDatabase();
    const more = { ...inSchema("vault"), ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false" };
    const { reason } = await failure(startManager(settings(database.url, more)));
    expect(reason).toBe("SCHEMA_MISSING");
    await database.query("CREATE SCHEMA vault");
    expect((await failure(startManager(settings(database.url, more)))).reason).toBe("MIGRATIONS_PENDING");
    expect(await schemasWithOurs(database)).toEqual([]);
  });

  test("`withSchema` of the application's Kysely instance is honoured, and other plugins are not", async () => {
    const database = await postgresDatabase();
    const pool = new pg.Pool({ connectionString: database.url });
    pool.on("error", () => {});
    const dialect = new PostgresDialect({ pool });
    const kysely: ApplicationKysely = new Kysely({ dialect, plugins: [new CamelCasePlugin()] });
    await useEverything(await openWith(kysely.withSchema("vault")));
    expect(await schemasWithOurs(database)).toEqual(["vault"]);
  });

  test("calls in the application's transaction use the schema, and are rolled back with it", async () => {
    const database = await postgresDatabase();
    const pool = new pg.Pool({ connectionString: database.url });
    pool.on("error", () => {});
    const kysely: ApplicationKysely = new Kysely({ dialect: new PostgresDialect({ pool }) });
    const secrets = await openWith(kysely.withSchema("vault"));
    // Tables of the same names, which nothing may touch.
    await startManager(settings(database.url));
    await kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      await inside.create("a", { n: 1 });
      expect(await Array.fromAsync(inside.list(), ({ name }) => name)).toEqual(["a"]);
    });
    const rolledBack = kysely.transaction().execute(async (transaction) => {
      await secrets.inTransaction(transaction).set("a", { n: 2 });
      throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
    expect(await database.query("SELECT name FROM public.archestra_secrets")).toEqual([]);
    expect(await database.query("SELECT name FROM vault.archestra_secrets")).toEqual([{ name: "a" }]);
  });

  test("secrets move from one schema to another of the same database, and only there", async () => {
    const { url, query } = await postgresDatabase();
    const source = await startManager(settings(url, inSchema("first_app")));
    await source.create("a", { n: 1 });
    const others = await startManager(settings(url));
    await others.create("other", { n: 1 });
    const [from, to] = ["first_app", "second_app"].map((schema) => ({ url, schema }));
    expect(await moveDatabase({ from: from ?? {}, to: to ?? {} })).toMatchObject({ rows: 1, verified: true });
    const target = await startManager(settings(url, inSchema("second_app")));
    expect((await target.get("a"))?.value).toEqual({ n: 1 });
    await target.set("a", { n: 2 });
    expect((await failure(source.set("a", { n: 3 }))).reason).toBe("DATABASE_MOVED");
    expect((await source.check()).problems).toMatchObject([{ reason: "DATABASE_MOVED" }]);
    await others.set("other", { n: 2 });
    expect(await query("SELECT name FROM public.archestra_secrets")).toEqual([{ name: "other" }]);
  });

  test("the option `schema` and `withSchema` must agree", async () => {
    const database = await postgresDatabase();
    const pool = new pg.Pool({ connectionString: database.url });
    pool.on("error", () => {});
    const kysely: ApplicationKysely = new Kysely({ dialect: new PostgresDialect({ pool }) });
    onTestFinished(() => kysely.destroy());
    const open = (schema: string) =>
      createSecretsManager({
        plugins: [dbPlugin({ kysely: kysely.withSchema("vault"), schema })],
        env: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
      });
    expect((await failure(open("other"))).reason).toBe("SCHEMA_CONFLICT");
    const manager = await open("vault");
    onTestFinished(() => manager.close());
    expect(await manager.has("a")).toBe(false);
  });
});

test("SQLite has no schemas, so a start with one stops and names the remedy", async () => {
  const inFile = await failure(startManager(fileEnvironment(scratchFile(), inSchema("vault"))));
  const kysely: ApplicationKysely = new Kysely({
    dialect: new SqliteDialect({ database: openSqlite(scratchFile()) }),
  });
  const inKysely = await failure(openWith(kysely.withSchema("vault")));
  for (const { code, reason, message } of [inFile, inKysely]) {
    expect([code, reason]).toEqual(["INVALID_CONFIGURATION", "SCHEMA_UNSUPPORTED"]);
    expect(message).toContain("ARCHESTRA_DATABASE_URL=sqlite:");
  }
});

test("a name that cannot be the name of a schema is refused", async () => {
  const error = await failure(startManager(fileEnvironment(scratchFile(), inSchema("a b"))));
  expect(error.message).toContain("ARCHESTRA_DATABASE_SCHEMA");
});
