import { expect, onTestFinished, test } from "vitest";
import { startAgents } from "../support/agents.ts";
import { failure } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

const environment = (url: string) => ({
  ARCHESTRA_DATABASE_URL: url,
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
});
const startOn = (url: string) => startManager(environment(url));

/** A role of this test alone, with a password, and without any right of its own. */
async function createRole(query: (sql: string) => Promise<unknown>): Promise<string> {
  const role = `role_${crypto.randomUUID().replaceAll("-", "")}`;
  await query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
  onTestFinished(() => void query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => {}));
  return role;
}

describePostgres("a start on PostgreSQL", () => {
  test("without a password says that one is needed", async () => {
    const { url } = await postgresDatabase();
    for (const user of ["postgres@", "postgres:@"]) {
      const error = await failure(startOn(url.replace("postgres:test@", user)));
      expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "PASSWORD_MISSING", retryable: false });
      expect(error.message).toContain("postgres://user:password@host/database");
    }
  });

  test("with a wrong password, and on an absent database, says which of them it is", async () => {
    const { url } = await postgresDatabase();
    const wrong = await failure(startOn(url.replace("postgres:test@", "postgres:other@")));
    expect(wrong).toMatchObject({
      code: "UNAUTHENTICATED",
      reason: "PASSWORD_REFUSED",
      cause: { code: "28P01" },
    });
    const absent = await failure(startOn(url.replace(/\/test_.*/, "/absent")));
    expect(absent).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "DATABASE_MISSING" });
    expect(absent.message).toContain("The PostgreSQL database absent at 127.0.0.1:");
  });

  test("without a schema that it can use says how to make one", async () => {
    const { url, query } = await postgresDatabase();
    const role = await createRole(query);
    await query("DROP SCHEMA public");
    const error = await failure(startOn(url.replace("postgres:test@", `${role}:p@`)));
    expect(error).toMatchObject({
      code: "INVALID_CONFIGURATION",
      reason: "SCHEMA_MISSING",
      retryable: false,
      cause: { code: "3F000" },
    });
    expect(error.message).toContain("search_path");
  });

  test("on a database with another table of our name says so at once", async () => {
    const { url, query } = await postgresDatabase();
    await query("CREATE TABLE archestra_secrets (anything text)");
    const error = await failure(startOn(url));
    expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "TABLE_EXISTS", retryable: false });
    expect(await query("SELECT * FROM archestra_secrets")).toEqual([]);
  });

  test.each(["serializable", "repeatable read"])(
    "succeeds in each of ten processes that start first, with %s as the default isolation",
    async (isolation) => {
      const agents = await startAgents(10);
      for (const slowLock of [false, true]) {
        const { url, query } = await postgresDatabase();
        const name = new URL(url).pathname.slice(1);
        await query(`ALTER DATABASE ${name} SET default_transaction_isolation = '${isolation}'`);
        if (slowLock) await slowDownLock(name, query);
        await Promise.all(agents.map((agent) => agent.do("open", environment(url))));
        expect(await query("SELECT * FROM archestra_secrets_keys")).toHaveLength(1);
        expect(await query("SELECT * FROM archestra_secrets_migrations")).toHaveLength(1);
        await agents[0]?.do("set", "a", plantedValue());
        await Promise.all(agents.map((agent) => agent.do("close")));
      }
    },
    120_000,
  );
});

describePostgres("a call on PostgreSQL", () => {
  test("that has to log in again fails with the same reasons as a start, and names the database", async () => {
    const { url, query } = await postgresDatabase();
    const role = await createRole(query);
    await query(`GRANT CREATE ON SCHEMA public TO ${role}`);
    const manager = await startOn(url.replace("postgres:test@", `${role}:p@`));
    await query(`ALTER ROLE ${role} PASSWORD 'another'`);
    await query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '${role}'`);
    for (const call of [() => manager.get("a"), () => manager.set("a", plantedValue())]) {
      let error = await failure(call());
      // A call may still meet the dead connection, before the client has heard of its end.
      while (error.reason !== "PASSWORD_REFUSED" && error.retryable) error = await failure(call());
      expect(error).toMatchObject({
        code: "UNAUTHENTICATED",
        reason: "PASSWORD_REFUSED",
        cause: { code: "28P01" },
      });
      expect(error.message).toContain(
        `The PostgreSQL database ${new URL(url).pathname.slice(1)} at 127.0.0.1`,
      );
    }
  }, 120_000);
});

/**
 * Makes the lock of starts take a while after the snapshot of its statement: what otherwise needs a commit of another
 * process within microseconds.
 */
async function slowDownLock(database: string, query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`ALTER DATABASE ${database} SET search_path = public, pg_catalog`);
  await query(`CREATE FUNCTION public.pg_try_advisory_xact_lock(key bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT pg_catalog.pg_sleep(0.2 + pg_catalog.random() / 5);
    SELECT pg_catalog.pg_try_advisory_xact_lock(key) $$`);
}
