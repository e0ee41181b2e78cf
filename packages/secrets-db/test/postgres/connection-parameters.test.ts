import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import { startPostgres } from "@archestra/test-servers/postgres";
import fc from "fast-check";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { renderingsOf } from "../../../secrets-testkit/src/redaction/renderings.ts";
import { failure } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

const startOn = (url: string) =>
  startManager({ ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey });

describePostgres("a PostgreSQL URL", () => {
  test("with a percent-encoded password of any characters logs in, and shows none of it", async () => {
    const { url, query } = await postgresDatabase();
    const role = `role_${crypto.randomUUID().replaceAll("-", "")}`;
    await query(`CREATE ROLE ${role} LOGIN SUPERUSER`);
    onTestFinished(() => void query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => {}));
    const password = fc
      .array(fc.constantFrom(..."@/?#%:&=+,[] \\'\"üñ$;<>{}|^`~!*()"), { minLength: 1, maxLength: 8 })
      .map((characters) => `Qzx${characters.join("Vkw")}Yjh`);
    await fc.assert(
      fc.asyncProperty(password, async (text) => {
        await query(`ALTER ROLE ${role} PASSWORD ${pg.escapeLiteral(text)}`);
        const located = new URL(url);
        const manager = await startOn(
          `postgres://${role}:${encodeURIComponent(text)}@${located.host}${located.pathname}`,
        );
        await manager.get("absent");
        const shown = [...renderingsOf(manager.describe()), ...renderingsOf(await manager.check())];
        expect(shown.filter((rendering) => /Qzx|Vkw|Yjh/.test(rendering))).toEqual([]);
        expect(manager.describe().location).toMatch(/^the PostgreSQL database test_\w+ at 127\.0\.0\.1:\d+$/);
        await manager.close();
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test("with `application_name` connects under that name, and else under ours", async () => {
    const { url, query } = await postgresDatabase();
    const names =
      "SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    const manager = await startOn(`${url}?application_name=billing`);
    expect(await query(names)).toEqual([{ name: "billing" }]);
    await manager.close();
    await startOn(url);
    await expect.poll(() => query(names), { timeout: 30_000 }).toEqual([{ name: "archestra-secrets" }]);
  });

  test("with `options` sets what it names, such as the search_path", async () => {
    const { url, query } = await postgresDatabase();
    await query("CREATE SCHEMA vault");
    await startOn(`${url}?options=-c%20search_path%3Dvault`);
    const tables = "SELECT DISTINCT schemaname AS schema FROM pg_tables WHERE tablename LIKE 'archestra%'";
    expect(await query(tables)).toEqual([{ schema: "vault" }]);
  });

  test("with a raw space in a parameter means the space, and leaves the password as it is", async () => {
    const { url, query } = await postgresDatabase();
    await query("CREATE SCHEMA vault");
    await startOn(`${url.replace("postgres:test@", "postgres:%74est@")}?options=-c search_path=vault`);
    expect(await query("SELECT 1 AS one FROM vault.archestra_secrets_keys")).toEqual([{ one: 1 }]);
  });

  test("with `connect_timeout` waits that long for a silent server", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    const startedAt = performance.now();
    const error = await failure(startOn(`postgres://app:p@127.0.0.1:${port}/db?connect_timeout=1`));
    expect(error).toMatchObject({ code: "UNAVAILABLE", retryable: true });
    // The default is ten seconds.
    expect(performance.now() - startedAt).toBeLessThan(9_000);
  });

  test("with `schema` keeps the tables there, so that two applications in one database do not see each other", async () => {
    const { url, query } = await postgresDatabase();
    await query("CREATE SCHEMA billing");
    await query('CREATE SCHEMA "Vault"');
    const billing = await startOn(`${url}?schema=billing&options=-c%20statement_timeout%3D20000`);
    const vault = await startOn(`${url}?schema=Vault`);
    const value = plantedValue();
    await billing.create("shared", value);
    expect(await vault.get("shared")).toBeUndefined();
    expect((await billing.get("shared"))?.value).toEqual(value);
    const tables =
      "SELECT DISTINCT schemaname AS schema FROM pg_tables WHERE tablename LIKE 'archestra%' ORDER BY 1";
    expect(await query(tables)).toEqual([{ schema: "Vault" }, { schema: "billing" }]);
    expect((await vault.check()).status).toBe("healthy");
  });

  test("with Prisma's `schema` and `pgbouncer` is accepted", async () => {
    const { url } = await postgresDatabase();
    const manager = await startOn(`${url}?schema=public&pgbouncer=true`);
    expect((await manager.check()).status).toBe("healthy");
  });

  test("with the folder of a socket connects through it, without a host, beside one, or as the host", async () => {
    const folder = scratchFolder();
    chmodSync(folder, 0o777);
    const server = await startPostgres({ unix_socket_directories: folder });
    onTestFinished(() => server.stop());
    const { port } = new URL(server.url);
    const escaped = encodeURIComponent(folder);
    const value = plantedValue();
    const first = await startOn(`postgres://postgres:test@/postgres?host=${folder}&port=${port}`);
    expect(first.describe().location).toBe(`the PostgreSQL database postgres at ${folder}:${port}`);
    await first.set("a", value);
    for (const url of [
      `postgres://postgres:test@localhost/postgres?host=${folder}&port=${port}`,
      `postgres://postgres:test@${escaped}:${port}/postgres`,
      // As libpq does, there is no TLS on a socket.
      `postgres://postgres:test@/postgres?host=${escaped}&port=${port}&sslmode=require`,
      `postgres:///postgres?host=${escaped}&port=${port}&user=postgres&password=test`,
    ]) {
      const manager = await startOn(url);
      expect((await manager.get("a"))?.value).toEqual(value);
      await manager.close();
    }
    await first.close();
  }, 120_000);
});
