import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { grants, migrateDatabase, pendingMigrations, printMigrations } from "../../src/index.ts";
import { migrations } from "../../src/migrations/migrations.ts";
import { failure } from "../support/failure.ts";
import { defaultKey, fileEnvironment, startManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, type PostgresDatabase, postgresDatabase } from "../support/postgres-database.ts";
import { dump, openRaw, query } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const allNames = Object.keys(migrations);

/** The tables of a schema with everything that a migration makes in them, however it was made. */
async function structure(database: PostgresDatabase, schema: string): Promise<unknown> {
  const columns = `SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = $1 ORDER BY 1, ordinal_position`;
  const indexes =
    "SELECT replace(indexdef, $1 || '.', '') AS definition FROM pg_indexes WHERE schemaname = $1 ORDER BY 1";
  const constraints = `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = $1::regnamespace ORDER BY 1`;
  return Promise.all([columns, indexes, constraints].map((text) => database.query(text, [schema])));
}

/** A role that may log in and has no other privilege, and its URL. */
async function makeRole(database: PostgresDatabase): Promise<{ role: string; url: string }> {
  const role = `role_${randomUUID().replaceAll("-", "")}`;
  await database.query(`CREATE ROLE "${role}" LOGIN PASSWORD 'test'`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, "test"];
  return { role, url: url.href };
}

const applicationSettings = (url: string, schema: string) => ({
  ARCHESTRA_DATABASE_URL: url,
  ARCHESTRA_DATABASE_SCHEMA: schema,
  ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false",
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
});

describePostgres("migrations by another role", () => {
  test("printed migrations make the same tables as a start", async () => {
    const database = await postgresDatabase();
    await database.query(await printMigrations("postgres", { schema: "printed" }));
    await migrateDatabase({ url: database.url, schema: "started" }, { env: {} });
    expect(await structure(database, "printed")).toEqual(await structure(database, "started"));
    const manager = await startManager(applicationSettings(database.url, "printed"));
    await manager.create("a", plantedValue());
  });

  test("migrateDatabase() runs pending migrations without an encryption key, once for all concurrent callers", async () => {
    const { url } = await postgresDatabase();
    const env = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_DATABASE_SCHEMA: "vault" };
    const before = await pendingMigrations({}, { env });
    expect(before.names).toEqual(allNames);
    expect(before.sql).toContain('CREATE SCHEMA IF NOT EXISTS "vault"');
    const reports = await Promise.all([1, 2, 3].map(() => migrateDatabase({}, { env })));
    expect(reports.flatMap(({ executed }) => executed)).toEqual(allNames);
    expect(await pendingMigrations({}, { env })).toEqual({ names: [], sql: "" });
  });

  test("the SQL of pending migrations creates a schema only when it does not exist, and nothing is written", async () => {
    const database = await postgresDatabase();
    await database.query("CREATE SCHEMA vault");
    const { url } = await makeRole(database);
    await database.query("GRANT USAGE ON SCHEMA vault TO PUBLIC");
    const { sql } = await pendingMigrations({ url, schema: "vault" }, { env: {} });
    expect(sql).not.toContain("CREATE SCHEMA");
    expect(await database.query("SELECT 1 FROM pg_tables WHERE schemaname = 'vault'")).toEqual([]);
    await database.query(sql);
    expect((await pendingMigrations({ url: database.url, schema: "vault" }, { env: {} })).names).toEqual([]);
  });

  test("the listed grants are all that an application has, and a role without them is refused", async () => {
    const database = await postgresDatabase();
    await migrateDatabase({ url: database.url, schema: "vault" }, { env: {} });
    const { role, url } = await makeRole(database);
    expect((await failure(startManager(applicationSettings(url, "vault")))).code).toBe("PERMISSION_DENIED");
    await database.query(grants({ role, schema: "vault" }));
    const manager = await startManager(applicationSettings(url, "vault"));
    await manager.set("a", plantedValue());
    await manager.delete("a");
    const granted = await database.query<{ table: string; privileges: string }>(
      `SELECT table_name AS table, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS privileges
       FROM information_schema.role_table_grants WHERE grantee = $1 GROUP BY 1 ORDER BY 1`,
      [role],
    );
    expect(granted).toEqual([
      { table: "archestra_secrets", privileges: "DELETE INSERT SELECT UPDATE" },
      { table: "archestra_secrets_keys", privileges: "INSERT SELECT UPDATE" },
      { table: "archestra_secrets_migrations", privileges: "SELECT" },
    ]);
  });

  test("the name of a role is quoted, whatever it is", async () => {
    const database = await postgresDatabase();
    await migrateDatabase({ url: database.url }, { env: {} });
    const role = `it's "; DROP TABLE archestra_secrets; -- ${randomUUID().slice(0, 8)}`;
    await database.query(`CREATE ROLE "${role.replaceAll('"', '""')}"`);
    await database.query(grants({ role }));
    const [row] = await database.query<{ granted: boolean }>(
      "SELECT has_table_privilege($1, 'public.archestra_secrets', 'DELETE') AS granted",
      [role],
    );
    expect(row?.granted).toBe(true);
  });
});

test.each(["", "a\0b", "x".repeat(64), undefined])("grants refuse %j as a role", (role) => {
  expect(() => grants({ role: role as string })).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }),
  );
});

test("printed migrations make the same tables as a start on SQLite, and a start uses them", async () => {
  const [printed, started] = [scratchFile(), scratchFile()];
  openRaw(printed).exec(await printMigrations("sqlite"));
  expect(await migrateDatabase({ url: `sqlite:${started}` }, { env: {} })).toEqual({ executed: allNames });
  // SQLite keeps the text of a statement, in which the printed one has line breaks.
  const schemaOf = (file: string) =>
    query<{ sql: string | null }>(file, "SELECT type, name, sql FROM sqlite_schema ORDER BY name").map(
      ({ sql, ...rest }) => ({
        ...rest,
        sql: sql?.replaceAll(/\s+/g, " ").replaceAll(/\( | (?=\))/g, (space) => space.trim()),
      }),
    );
  expect(schemaOf(printed)).toEqual(schemaOf(started));
  const more = { ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false" };
  const manager = await startManager(fileEnvironment(printed, more));
  await manager.create("a", plantedValue());
  expect(await manager.has("a")).toBe(true);
});

test.each(["postgres", "sqlite"] as const)(
  "no line of the printed migrations of %s is wider than a terminal",
  async (dialect) => {
    const sql = await printMigrations(dialect);
    expect(sql.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(sql).toContain('\n  "name" text');
  },
);

test("pendingMigrations changes nothing in a file", async () => {
  const file = scratchFile();
  openRaw(file).exec("CREATE TABLE of_the_application (id INTEGER)");
  const before = dump(file);
  const { names } = await pendingMigrations({ url: `sqlite:${file}` }, { env: {} });
  expect(names).toEqual(allNames);
  expect(dump(file)).toEqual(before);
});

test.each([
  ["mysql", undefined],
  ["sqlite", "vault"],
  ["postgres", "a b"],
])("printMigrations refuses the dialect %j with the schema %j", async (dialect, schema) => {
  const printing = printMigrations(dialect as "postgres", { schema });
  await expect(printing).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});
