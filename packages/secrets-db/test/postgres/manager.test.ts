import fc from "fast-check";
import pg from "pg";
import { expect, test } from "vitest";
import { secretName } from "../support/arbitraries.ts";
import { failure, failureCode } from "../support/failure.ts";
import { encryptV1 } from "../support/imported-rows.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const environment = (url: string, more = {}) => ({
  ARCHESTRA_DATABASE_URL: url,
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
  ...more,
});

describePostgres("on PostgreSQL", () => {
  test("every call behaves as on SQLite", async () => {
    const database = await postgresDatabase();
    const manager = await startManager(environment(database.url));
    const created = await manager.create("team-a/slack", plantedValue());
    expect(created).toMatchObject({ name: "team-a/slack", manager: "DB" });
    expect(created.createdAt).toBeInstanceOf(Date);
    expect(Math.abs(Date.now() - Number(created.createdAt))).toBeLessThan(60_000);
    expect(await failureCode(manager.create("team-a/slack", plantedValue()))).toBe("ALREADY_EXISTS");
    const value = plantedValue();
    const { version } = await manager.update("team-a/slack", value, { ifVersion: String(created.version) });
    expect((await manager.get("team-a/slack"))?.value).toEqual(value);
    expect((await manager.get("team-a/slack"))?.version).toBe(version);
    expect(
      await failureCode(manager.update("team-a/slack", value, { ifVersion: String(created.version) })),
    ).toBe("CONFLICT");
    expect(await failureCode(manager.delete("team-a/slack", { ifVersion: String(created.version) }))).toBe(
      "CONFLICT",
    );
    await manager.set("another", plantedValue());
    expect(await manager.has("another")).toBe(true);
    expect(await manager.check({ count: true })).toMatchObject({
      status: "healthy",
      count: 2,
      unlistedCount: 0,
    });
    expect(await manager.delete("another")).toBe(true);
    expect(await manager.delete("another")).toBe(false);
    expect(await manager.get("another")).toBeUndefined();
    expect(await failureCode(manager.update("another", value))).toBe("NOT_FOUND");
    const [row] = await database.query<{ value: string; key_id: string }>(
      "SELECT value, key_id FROM archestra_secrets",
    );
    expect(row?.value).toMatch(/^\{"__encrypted":"v2:/);
    expect(manager.describe().location).toMatch(/^the PostgreSQL database test_\w+ at 127\.0\.0\.1:\d+$/);
  });

  test("names and values of the grammars round-trip, and names list in the order of their bytes", async () => {
    const { url } = await postgresDatabase();
    const manager = await startManager(environment(url));
    const names = new Set<string>(
      ["\u{1F600}", "\uFFFD", "\uE83A".normalize(), "z", "Z", "é", "a/b", "a b"].filter((name) =>
        /^[\p{L}\p{S}/ ]+$/u.test(name),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        secretName,
        fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue(), { minKeys: 1 }),
        async (name, value) => {
          const expected = JSON.parse(JSON.stringify(value)) as { [key: string]: never };
          await manager.set(name, expected);
          names.add(name);
          expect((await manager.get(name))?.value).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
    for (const name of names) await manager.set(name, { present: true });
    const listed = (await Array.fromAsync(manager.list())).map(({ name }) => name);
    expect(listed).toEqual(
      [...names].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
    );
    const results = await manager.getMany([...names, "absent"]);
    expect([...results.values()].filter(({ status }) => status === "found")).toHaveLength(names.size);
    const after = listed[Math.floor(listed.length / 2)] ?? "";
    const rest = (await Array.fromAsync(manager.list({ after, limit: 10 }))).map(({ name }) => name);
    expect(rest).toEqual(listed.slice(listed.indexOf(after) + 1).slice(0, 10));
  });

  test("updates by functions of two managers lose nothing", async () => {
    const { url } = await postgresDatabase();
    const managers = [await startManager(environment(url)), await startManager(environment(url))];
    await managers[0]?.create("counter", { count: 0 });
    const updates = Array.from({ length: 60 }, (_, index) =>
      managers[index % 2]?.update("counter", (current) => ({ count: Number(current.count) + 1 })),
    );
    await Promise.all(updates);
    expect((await managers[1]?.get("counter"))?.value).toEqual({ count: 60 });
  });

  test.each(["text", "json", "jsonb"])(
    "rows imported from a %s column are encrypted by the next start",
    async (type) => {
      const { url, query } = await postgresDatabase();
      await (await startManager(environment(url))).close();
      const [plain, legacy] = [plantedValue(), plantedValue()];
      await query(`CREATE TABLE old_secrets (name text, value ${type})`);
      await query("INSERT INTO old_secrets VALUES ('plain', $1), ('legacy', $2), ('foreign', $3)", [
        JSON.stringify(plain),
        encryptV1(legacy, defaultKey),
        encryptV1(plantedValue(), plantedKey()),
      ]);
      await query("INSERT INTO archestra_secrets (name, value) SELECT name, value::text FROM old_secrets");
      const logger = recordedLogger();
      const manager = await startManager(environment(url), { logger });
      expect(logger.warnings.map(({ fields }) => fields)).toEqual([
        { code: "ARCHESTRA_SECRETS_ENCRYPTED_AT_START", plaintext: 1, v1: 1 },
        { code: "ARCHESTRA_SECRETS_NOT_ENCRYPTED_AT_START", undecryptableV1: 1, unusable: 0 },
      ]);
      expect((await manager.get("plain"))?.value).toEqual(plain);
      expect((await manager.get("legacy"))?.value).toEqual(legacy);
      expect(await failureCode(manager.get("foreign"))).toBe("DECRYPTION_FAILED PLAINTEXT_REJECTED");
    },
  );

  test("another key stops the start and writes nothing", async () => {
    const { url, query } = await postgresDatabase();
    const first = await startManager(environment(url));
    await first.create("a", plantedValue());
    const before = [
      await query("SELECT * FROM archestra_secrets"),
      await query("SELECT * FROM archestra_secrets_keys"),
    ];
    const other = environment(url, { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() });
    expect(await failureCode(startManager(other))).toBe("DECRYPTION_FAILED KEY_MISMATCH");
    const after = [
      await query("SELECT * FROM archestra_secrets"),
      await query("SELECT * FROM archestra_secrets_keys"),
    ];
    expect(after).toEqual(before);
  });

  test("a server that cannot be reached, a wrong password and an absent database each have their code", async () => {
    const { url } = await postgresDatabase();
    const unreachable = url.replace(/:\d+\//, ":1/");
    expect(await failureCode(startManager(environment(unreachable)))).toBe("UNAVAILABLE");
    const wrong = url.replace("postgres:test@", "postgres:other@");
    expect(await failureCode(startManager(environment(wrong)))).toBe("UNAUTHENTICATED PASSWORD_REFUSED");
    expect(await failureCode(startManager(environment(url.replace(/\/test_.*/, "/absent"))))).toBe(
      "INVALID_CONFIGURATION DATABASE_MISSING",
    );
  });

  test("an error of a call names the database, and neither its user nor its password", async () => {
    const { url, query } = await postgresDatabase();
    const manager = await startManager(environment(url));
    await query("ALTER TABLE archestra_secrets RENAME TO taken_away");
    const { host, pathname } = new URL(url);
    const calls = [() => manager.get("a"), () => manager.set("a", plantedValue()), () => manager.has("a")];
    for (const call of calls) {
      const { message } = await failure(call());
      expect(message).toMatch(`The store is the PostgreSQL database ${pathname.slice(1)} at ${host}.`);
      expect(message).not.toMatch(/postgres:|test@/);
    }
    await manager.close();
  });

  test("close() asks the server to end a statement that waits for a lock, and nothing was changed", async () => {
    const { url, query } = await postgresDatabase();
    const manager = await startManager(environment(url));
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query("BEGIN; LOCK TABLE archestra_secrets IN ACCESS EXCLUSIVE MODE");
    const write = failureCode(manager.create("a", plantedValue()));
    await manager.close({ timeout: 0 });
    expect(await write).toBe("ABORTED");
    await holder.query("ROLLBACK");
    await holder.end();
    expect(await query("SELECT name FROM archestra_secrets")).toEqual([]);
  });

  test("connections that break while they are idle are replaced", async () => {
    const { url, query } = await postgresDatabase();
    const manager = await startManager(environment(url));
    const value = plantedValue();
    await manager.create("a", value);
    const dead = await query(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'archestra-secrets' AND datname = current_database()",
    );
    // A call may still meet a dead connection, before the client has heard of its end: each once.
    for (let calls = 0; calls < dead.length; calls++) await manager.get("a").catch(() => undefined);
    expect((await manager.get("a"))?.value).toEqual(value);
  });
});
