import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { type PostgresServer, startPostgres } from "@archestra/test-servers/postgres";
import { PGlite } from "@electric-sql/pglite";
import { type Dialect, Kysely, type LogEvent, PGliteDialect, PostgresDialect, SqliteDialect } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { dbPlugin, openRotation } from "../../src/index.ts";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { encryptV1 } from "../support/imported-rows.ts";
import { plantedKey, plantedValue, showsPlantedText } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
const oldKey = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: oldSecret };
const promoted = {
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret,
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: oldSecret,
};

type Options = Parameters<typeof dbPlugin>[0];
type Insert = (name: string, value: string) => Promise<void>;

/** Starts, encrypts rows that were imported, uses every call, and changes the key. */
async function liveThrough(options: Options, url: object, insert: Insert): Promise<void> {
  const open = (env: object): Promise<SecretsManager> =>
    createSecretsManager({
      plugins: [dbPlugin({ sweepDelay: 3_600_000, ...options })],
      env: { ...url, ...env },
      logger: recordedLogger(),
    });
  await (await open(oldKey)).close();
  for (const name of ["imported/1", "imported/2"]) await insert(name, JSON.stringify(plantedValue()));
  await insert("imported/v1", encryptV1(plantedValue(), oldSecret));

  const manager = await open(oldKey);
  expect(Object.keys((await manager.get("imported/1"))?.value ?? {})).toEqual(["token"]);
  const { version } = await manager.create("own", plantedValue());
  await manager.update("own", plantedValue(), { ifVersion: String(version) });
  await manager.set("own", plantedValue());
  await manager.getMany(["own", "imported/2"]);
  await Array.fromAsync(manager.list());
  await manager.check({ count: true });
  await manager.delete("imported/2");
  await manager.close();

  const rotation = await openRotation(options, { env: { ...url, ...promoted }, logger: recordedLogger() });
  expect(await rotation.sweep()).toMatchObject({ reencrypted: 3, done: true });
  expect(await rotation.verify()).toMatchObject({ verified: true });
  await rotation.close();
}

describePostgres("a PostgreSQL server that logs every statement with its parameters", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ log_statement: "all", log_parameter_max_length: "-1" });
  }, 180_000);
  afterAll(() => server?.stop());

  /** An operator who imports secrets keeps this one statement out of the log. */
  const insert: Insert = async (name, value) => {
    const url = `${server.url}?options=${encodeURIComponent("-c log_statement=none")}`;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("INSERT INTO archestra_secrets (name, value) VALUES ($1, $2)", [name, value]);
    await client.end();
  };

  /** The log up to this moment: a statement that is logged last is awaited. */
  const logUntilNow = async (): Promise<string> => {
    const marker = randomUUID();
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(`SELECT '${marker}'`);
    await client.end();
    for (;;) {
      const log = await server.log();
      if (log.includes(marker)) return log;
    }
  };

  test("has no plaintext in its log after imports, calls and a change of the key", async () => {
    await liveThrough({}, { ARCHESTRA_DATABASE_URL: server.url }, insert);
    const log = await logUntilNow();
    expect(log).toContain("SET value = changes.envelope");
    expect(log).toContain("imported/2");
    expect(showsPlantedText(log)).toBe(false);
  });
});

describe("an application's Kysely with a log", () => {
  /** What its log was handed: every statement with its parameters, and every error. */
  async function logOf(dialect: Dialect, insert: Insert): Promise<readonly LogEvent[]> {
    const events: LogEvent[] = [];
    // biome-ignore lint/suspicious/noExplicitAny: whatever tables the application has
    const kysely = new Kysely<any>({ dialect, log: (event) => void events.push(event) });
    onTestFinished(() => kysely.destroy());
    await liveThrough({ kysely }, {}, insert);
    return events;
  }

  const shown = (events: readonly LogEvent[]) =>
    events.filter((event) =>
      showsPlantedText([event.query.sql, event.query.parameters, "error" in event ? event.error : undefined]),
    ).length;

  test("sees no plaintext on SQLite", async () => {
    const file = scratchFile();
    const events = await logOf(new SqliteDialect({ database: openSqlite(file) }), async (name, value) => {
      const raw = new DatabaseSync(file, { timeout: 5_000 });
      raw.prepare("INSERT INTO archestra_secrets (name, value) VALUES (?, ?)").run(name, value);
      raw.close();
    });
    expect(events.length).toBeGreaterThan(20);
    expect(shown(events)).toBe(0);
  });

  test("sees no plaintext on PGlite", async () => {
    const pglite = new PGlite();
    const events = await logOf(new PGliteDialect({ pglite }), async (name, value) => {
      await pglite.query("INSERT INTO archestra_secrets (name, value) VALUES ($1, $2)", [name, value]);
    });
    expect(events.length).toBeGreaterThan(20);
    expect(shown(events)).toBe(0);
  });

  describePostgres("of PostgreSQL", () => {
    test("sees no plaintext", async () => {
      const { url } = await postgresDatabase();
      const pool = new pg.Pool({ connectionString: url });
      const events = await logOf(new PostgresDialect({ pool }), async (name, value) => {
        await pool.query("INSERT INTO archestra_secrets (name, value) VALUES ($1, $2)", [name, value]);
      });
      expect(events.length).toBeGreaterThan(20);
      expect(shown(events)).toBe(0);
    });
  });
});
