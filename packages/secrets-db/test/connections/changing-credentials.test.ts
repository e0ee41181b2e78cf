import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecretsManager } from "@archestra/secrets-core";
import { expect, onTestFinished, test } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { describePostgres, type PostgresDatabase, postgresDatabase } from "../support/postgres-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const key = { ARCHESTRA_AUTH_SECRET: "a secret of the tests, long enough for a key" };

/** A role of its own, since a password belongs to the whole server. */
async function roleOf(
  database: PostgresDatabase,
): Promise<{ role: string; urlWith(password: string): string }> {
  const role = `app_${new URL(database.url).pathname.slice(-20)}`;
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'first'`);
  await database.query(`GRANT ALL ON SCHEMA public TO ${role}`);
  onTestFinished(async () => {
    await database.query(`DROP OWNED BY ${role} CASCADE`);
    await database.query(`DROP ROLE ${role}`);
  });
  return {
    role,
    urlWith(password) {
      const url = new URL(database.url);
      url.username = role;
      url.password = password;
      return url.href;
    },
  };
}

async function untilNoSession(database: PostgresDatabase, role: string): Promise<void> {
  const sessions = "SELECT 1 FROM pg_stat_activity WHERE usename = $1";
  while ((await database.query(sessions, [role])).length > 0) await sleep(100);
}

describePostgres("a password that changes while the application runs", () => {
  test.each(["a file", "a function"])("fails no call when the URL comes from %s", async (source) => {
    const database = await postgresDatabase();
    const { role, urlWith } = await roleOf(database);
    const file = scratchFile();
    let password = "first";
    writeFileSync(file, urlWith(password));
    // Whoever rotates a password changes it at the server first: here, the application's follows when it was asked for anew
    // ten times, once for each call that opens a connection, and so after a login was refused.
    let readsUntilChange = Number.POSITIVE_INFINITY;
    const read = () => {
      if (readsUntilChange-- === 0) password = "second";
      writeFileSync(file, urlWith(password));
      return readFileSync(file, "utf8");
    };
    const plugin = source === "a file" ? dbPlugin() : dbPlugin({ url: async () => read() });
    const fromFile = source === "a file" ? { ARCHESTRA_DATABASE_URL_FILE: file } : {};
    const manager = await createSecretsManager({
      plugins: [plugin],
      env: { ...key, ...fromFile, ARCHESTRA_DATABASE_POOL_IDLE_SECONDS: "1" },
      readFile: read,
    });
    onTestFinished(() => manager.close());
    await manager.set("token", { token: "one" });

    await untilNoSession(database, role);
    await database.query(`ALTER ROLE ${role} PASSWORD 'second'`);
    readsUntilChange = 10;
    const calls = Array.from({ length: 10 }, (_, number) =>
      number % 2 === 0 ? manager.get("token") : manager.set(`other-${number}`, { token: "two" }),
    );
    expect((await Promise.allSettled(calls)).filter(({ status }) => status === "rejected")).toEqual([]);
    // It was read that often, or nothing of this was tried.
    expect(password).toBe("second");
  });
});

describePostgres("a password that changes while a call waits for its connection", () => {
  test("fails no call, however long it has waited before its login is refused", async () => {
    const database = await postgresDatabase();
    const { role, urlWith } = await roleOf(database);
    let password = "first";
    let isSlow = false;
    let readsUntilChange = Number.POSITIVE_INFINITY;
    const url = async () => {
      // Longer than a refused login waits for other credentials.
      if (isSlow) await sleep(3_500);
      isSlow = false;
      if (readsUntilChange-- === 0) password = "second";
      return urlWith(password);
    };
    const manager = await createSecretsManager({
      plugins: [dbPlugin({ url })],
      env: { ...key, ARCHESTRA_DATABASE_POOL_IDLE_SECONDS: "1" },
    });
    onTestFinished(() => manager.close());
    await manager.set("token", { token: "one" });

    await untilNoSession(database, role);
    await database.query(`ALTER ROLE ${role} PASSWORD 'second'`);
    isSlow = true;
    readsUntilChange = 2;
    expect((await manager.get("token"))?.value).toEqual({ token: "one" });
    expect(password).toBe("second");
  });
});

describePostgres("a password that another call has read again", () => {
  test("fails no call whose login with the earlier one is refused afterwards", async () => {
    const database = await postgresDatabase();
    const { role, urlWith } = await roleOf(database);
    let password = "first";
    let onRead: (() => void) | undefined;
    const url = async () => {
      onRead?.();
      return urlWith(password);
    };
    const manager = await createSecretsManager({
      plugins: [dbPlugin({ url })],
      env: { ...key, ARCHESTRA_DATABASE_POOL_IDLE_SECONDS: "1" },
    });
    onTestFinished(() => manager.close());
    await manager.set("token", { token: "one" });

    await untilNoSession(database, role);
    await database.query(`ALTER ROLE ${role} PASSWORD 'second'`);
    const read = new Promise<void>((resolve) => {
      onRead = resolve;
    });
    const refused = manager.get("token");
    await read;
    // The login with the first password is on its way, and the server needs several messages to refuse it.
    await new Promise((resolve) => setImmediate(resolve));
    password = "second";
    const answers = await Promise.all([refused, manager.get("token")]);
    expect(answers.map((secret) => secret?.value)).toEqual([{ token: "one" }, { token: "one" }]);
  });
});

describePostgres("a URL that changes while the application runs", () => {
  test("is not followed to another schema, which has other secrets", async () => {
    const database = await postgresDatabase();
    let url = `${database.url}?schema=billing`;
    const manager = await createSecretsManager({
      plugins: [dbPlugin({ url: () => url })],
      env: { ...key, ARCHESTRA_DATABASE_POOL_IDLE_SECONDS: "1" },
    });
    onTestFinished(() => manager.close());
    await manager.set("token", { token: "one" });
    url = `${database.url}?schema=vault`;
    const sessions =
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'archestra-secrets'";
    while ((await database.query(sessions)).length > 0) await sleep(100);
    await expect(manager.get("token")).rejects.toMatchObject({
      code: "INVALID_CONFIGURATION",
      reason: "SCHEMA_CHANGED",
    });
    url = `${database.url}?schema=billing`;
    expect((await manager.get("token"))?.value).toEqual({ token: "one" });
  });
});

describePostgres("the size of the pool", () => {
  test("is the value of ARCHESTRA_DATABASE_POOL_MAX", async () => {
    const database = await postgresDatabase();
    const manager = await createSecretsManager({
      plugins: [dbPlugin()],
      env: { ...key, ARCHESTRA_DATABASE_URL: database.url, ARCHESTRA_DATABASE_POOL_MAX: "3" },
    });
    onTestFinished(() => manager.close());
    await Promise.all(
      Array.from({ length: 50 }, (_, number) => manager.set(`name-${number}`, { token: "" })),
    );
    const [row] = await database.query<{ sessions: string }>(
      "SELECT count(*) AS sessions FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'archestra-secrets'",
    );
    expect(Number(row?.sessions)).toBe(3);
  });

  test.each(["0", "501", "ten", "1.5"])("%s is refused, with the accepted range", async (poolMax) => {
    const start = createSecretsManager({
      plugins: [dbPlugin()],
      env: {
        ...key,
        ARCHESTRA_DATABASE_URL: "postgres://127.0.0.1/none",
        ARCHESTRA_DATABASE_POOL_MAX: poolMax,
      },
    });
    await expect(start).rejects.toThrow(/ARCHESTRA_DATABASE_POOL_MAX .*must be a whole number from 1 to 500/);
  });
});
