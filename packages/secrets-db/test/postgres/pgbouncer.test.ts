import { pgBouncerVersion, startPgBouncer } from "@archestra/test-servers/pgbouncer";
import pg from "pg";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { postgresDatabase } from "../support/postgres-database.ts";

const version = pgBouncerVersion();
if (version === undefined)
  console.error(
    "NOT RUN: the tests behind PgBouncer. Install the program `pgbouncer`; what it reports is also tested as a table of texts.",
  );

const startOn = (url: string) =>
  startManager({ ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey });

/** A PgBouncer in front of the server of this run, and a database of this test in it. */
async function pooled(settings: Readonly<Record<string, string>> = {}) {
  const database = await postgresDatabase();
  const { hostname, port, pathname, username, password } = new URL(database.url);
  const server = `host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${username}`;
  const bouncer = await startPgBouncer(
    {
      app: `${server} password=${password}`,
      small: `${server} password=${password} pool_size=1`,
      locked_out: `${server} password=wrong`,
      nowhere: `host=${hostname} port=${port} dbname=nowhere user=${username} password=${password}`,
      down: "host=127.0.0.1 port=1 dbname=down user=unused password=x",
    },
    { server_login_retry: "1", ...settings },
    { app: "right" },
  );
  onTestFinished(() => bouncer.stop());
  return { url: (name: string, password = "right") => `postgres://app:${password}@${bouncer.host}/${name}` };
}

async function hold(url: string, statement: string): Promise<void> {
  const attempt = async () => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    onTestFinished(() => void client.end());
    await client.query(statement);
    return true;
  };
  // PgBouncer may still count a client that has gone.
  await expect.poll(() => attempt().catch(() => false), { timeout: 30_000 }).toBe(true);
}

describe.skipIf(version === undefined || inject("postgresUrl") === undefined)("behind PgBouncer", () => {
  test("in transaction mode every call works, with `pgbouncer=true` as for Prisma or without", async () => {
    const { url } = await pooled();
    const value = plantedValue();
    const manager = await startOn(`${url("app")}?pgbouncer=true`);
    await manager.set("a", value);
    expect((await (await startOn(url("app"))).get("a"))?.value).toEqual(value);
  });

  test("each thing that it refuses at a start has its code, its reason and a remedy", async () => {
    const { url } = await pooled({ client_login_timeout: "2" });
    const cases = [
      [url("absent"), "INVALID_CONFIGURATION DATABASE_MISSING", "[databases]"],
      [
        `${url("app")}?statement_timeout=1000`,
        "INVALID_CONFIGURATION STARTUP_PARAMETER_REFUSED",
        "ALTER ROLE",
      ],
      [url("app", "wrong"), "UNAUTHENTICATED PASSWORD_REFUSED", "password"],
      [url("app", "wrong").replace("app:", "unknown:"), "UNAUTHENTICATED PASSWORD_REFUSED", "password"],
      [url("locked_out"), "INVALID_CONFIGURATION POOLER_LOGIN_REFUSED", "auth_file"],
      [url("nowhere"), "INVALID_CONFIGURATION POOLER_LOGIN_REFUSED", "pgbouncer.ini"],
      [url("down"), "UNAVAILABLE POOLER_WITHOUT_SERVER", "log"],
      [`${url("app")}?sslmode=require`, "INVALID_CONFIGURATION TLS_NOT_SUPPORTED", "sslmode=disable"],
    ] as const;
    for (const [address, expected, remedy] of cases) {
      const error = await failure(startOn(address));
      expect(`${error.code} ${error.reason}`).toBe(expected);
      expect(error.retryable).toBe(error.code === "UNAVAILABLE");
      expect(error.message).toContain(remedy);
    }
  });

  test("a full pool, and a full PgBouncer, are unavailable for now", async () => {
    const { url } = await pooled({ query_wait_timeout: "2" });
    await hold(url("small"), "BEGIN");
    const waited = await failure(startOn(url("small")));
    expect(waited).toMatchObject({ code: "UNAVAILABLE", reason: "POOLER_BUSY", retryable: true });
    const full = await pooled({ max_client_conn: "1" });
    await hold(full.url("app"), "SELECT 1");
    const refused = await failure(startOn(full.url("app")));
    expect(refused).toMatchObject({ code: "UNAVAILABLE", reason: "POOLER_BUSY", retryable: true });
    expect(refused.message).toContain("max_client_conn");
  });
});
