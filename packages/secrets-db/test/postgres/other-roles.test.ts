import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { grants, migrateDatabase } from "../../src/index.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { describePostgres, type PostgresDatabase, postgresDatabase } from "../support/postgres-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

/** A role without privileges. It is dropped when the test ends. */
async function makeRole(database: PostgresDatabase, attributes = ""): Promise<string> {
  const role = `role_${randomUUID().replaceAll("-", "")}`;
  await database.query(`CREATE ROLE ${role} ${attributes}`);
  onTestFinished(() => void database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => {}));
  return role;
}

function as(role: string, databaseUrl: string): string {
  const url = new URL(databaseUrl);
  [url.username, url.password] = [role, "test"];
  return url.href;
}

/** Starts a manager, and returns what it warned of and what its check reports. */
async function start(url: string, more: Record<string, string> = {}) {
  const logger = recordedLogger();
  const env = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey, ...more };
  const manager = await startManager(env, { logger });
  const warnings = logger.warnings.filter(({ fields }) => fields.code === "ARCHESTRA_SECRETS_OTHER_ROLES");
  return { warnings, check: await manager.check() };
}

describePostgres("other roles", () => {
  test("a start and check() report roles that have access by default, with statements that end it", async () => {
    const database = await postgresDatabase();
    const [anon, reader] = [await makeRole(database), await makeRole(database)];
    // As Supabase sets up `public` for `anon` and `authenticated`.
    await database.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO ${anon}`);
    await database.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${reader}`);
    const { warnings, check } = await start(database.url, { ARCHESTRA_SECRETS_STRICT: "true" });
    expect(warnings).toHaveLength(1);
    const message = String(warnings[0]?.message);
    expect(message).toContain(
      `${anon} (DELETE, INSERT, SELECT, TRUNCATE, UPDATE on public.archestra_secrets)`,
    );
    expect(message).toContain(`${reader} (SELECT on public.archestra_secrets)`);
    expect(check.problems).toMatchObject([{ code: "INVALID_CONFIGURATION", reason: "OTHER_ROLES" }]);
    expect(check.problems[0]?.message).not.toContain(reader);

    for (const statement of message.match(/REVOKE [^;]+;/g) ?? []) await database.query(statement);
    const after = await start(database.url);
    expect([after.warnings, after.check.status]).toEqual([[], "healthy"]);
  });

  test("row-level security without a policy ends the warning, except for roles that bypass it", async () => {
    const database = await postgresDatabase();
    await start(database.url);
    const [anon, service] = [await makeRole(database), await makeRole(database, "BYPASSRLS")];
    for (const table of ["archestra_secrets", "archestra_secrets_keys"]) {
      await database.query(`GRANT ALL ON ${table} TO ${anon}, PUBLIC`);
      await database.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
    }
    expect((await start(database.url)).warnings).toEqual([]);
    await database.query(`GRANT ALL ON archestra_secrets TO ${service}`);
    expect((await start(database.url)).warnings).toMatchObject([{ fields: { roles: [service] } }]);
    await database.query("CREATE POLICY everybody ON archestra_secrets USING (true)");
    const [warning] = (await start(database.url)).warnings;
    expect(new Set(warning?.fields.roles as string[])).toEqual(new Set(["PUBLIC", anon, service]));
  });

  test("the owner, and the role through which the user has its own grants, are not reported", async () => {
    const database = await postgresDatabase();
    // The owner is no superuser, which would not be reported anyway.
    const owner = await makeRole(database, "LOGIN PASSWORD 'test'");
    await database.query(`CREATE SCHEMA vault AUTHORIZATION ${owner}`);
    await migrateDatabase({ url: as(owner, database.url), schema: "vault" }, { env: {} });
    const group = await makeRole(database);
    const [first, second] = [
      await makeRole(database, `LOGIN PASSWORD 'test' IN ROLE ${group}`),
      await makeRole(database),
    ];
    await database.query(grants({ role: group, schema: "vault" }));
    const url = as(first, database.url);
    const more = {
      ARCHESTRA_DATABASE_SCHEMA: "vault",
      ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false",
    };
    const alone = await start(url, more);
    expect([alone.warnings, alone.check.status]).toEqual([[], "healthy"]);
    // Without USAGE on the schema, a grant on the table is of no use.
    await database.query(`GRANT ALL ON vault.archestra_secrets TO ${second}`);
    expect((await start(url, more)).warnings).toEqual([]);
    await database.query(`GRANT USAGE ON SCHEMA vault TO ${second}`);
    expect((await start(url, more)).warnings).toMatchObject([{ fields: { roles: [second] } }]);
  });
});
