import { createSecretsManager } from "@archestra/secrets-core";
import { Kysely, SqliteDialect } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { openBetterSqlite } from "../support/better-sqlite3.ts";
import { defaultKey, makeDatabase, openManager } from "../support/open-manager.ts";
import { openRaw } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const onlyLinuxListsDescriptors = { skip: process.platform !== "linux" };

/** The application's own connection, by a SQLite library of its own. */
function openByOtherLibrary(file: string): void {
  openBetterSqlite(file).prepare("SELECT count(*) FROM archestra_secrets").get();
}

test(
  "a start warns when better-sqlite3 has the same file open in this process",
  onlyLinuxListsDescriptors,
  async () => {
    const file = scratchFile();
    await makeDatabase(file);
    openByOtherLibrary(file);
    const logger = recordedLogger();
    await openManager(file, {}, { logger });
    expect(logger.codes).toEqual(["ARCHESTRA_SECRETS_SECOND_SQLITE_LIBRARY"]);
    expect(logger.warnings[0]?.message).toContain("option `kysely`");
  },
);

test(
  "check() reports better-sqlite3 when it opened the same file later",
  onlyLinuxListsDescriptors,
  async () => {
    const file = scratchFile();
    const logger = recordedLogger();
    const manager = await openManager(file, {}, { logger });
    await manager.create("a", { b: "c" });
    expect(await manager.check()).toMatchObject({ status: "healthy" });
    openByOtherLibrary(file);
    const { status, problems } = await manager.check();
    expect(status).toBe("degraded");
    expect(problems.map(({ reason }) => reason)).toEqual(["SECOND_SQLITE_LIBRARY"]);
    expect(logger.codes).toEqual([]);
  },
);

test("several connections of node:sqlite to the same file are no second library", async () => {
  const file = scratchFile();
  const logger = recordedLogger();
  const first = await openManager(file, {}, { logger });
  const second = await openManager(file, {}, { logger });
  openRaw(file).prepare("SELECT count(*) FROM archestra_secrets").get();
  for (const manager of [first, second]) expect(await manager.check()).toMatchObject({ status: "healthy" });
  expect(logger.codes).toEqual([]);
});

test("the application's better-sqlite3 passed as a Kysely instance is one library, and every call works", async () => {
  const file = scratchFile();
  const database = openBetterSqlite(file);
  database.pragma("journal_mode = WAL");
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
  onTestFinished(() => kysely.destroy());
  const logger = recordedLogger();
  const env = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
  const manager = await createSecretsManager({ plugins: [dbPlugin({ kysely })], env, logger });
  const { version } = await manager.create("a", { b: 1 });
  await manager.update("a", { b: 2 }, { ifVersion: version ?? "" });
  await manager.set("other", { b: 3 });
  expect((await manager.get("a"))?.value).toEqual({ b: 2 });
  expect((await Array.fromAsync(manager.list())).map(({ name }) => name)).toEqual(["a", "other"]);
  expect(await manager.delete("other")).toBe(true);
  expect(await manager.check()).toMatchObject({ status: "healthy" });
  await manager.close();
  expect(database.prepare("SELECT count(*) AS count FROM archestra_secrets").get()).toEqual({ count: 1 });
  expect(logger.codes).toEqual([]);
});
