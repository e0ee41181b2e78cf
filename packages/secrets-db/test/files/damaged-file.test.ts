import { copyFileSync, rmSync, statSync } from "node:fs";
import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import { Kysely, SqliteDialect, sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { startAgent } from "../support/agents.ts";
import { openBetterSqlite } from "../support/better-sqlite3.ts";
import { failure, failureCode } from "../support/failure.ts";
import { defaultKey, fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { backUp, runInOtherProcess } from "../support/other-process.ts";
import { plantedKey } from "../support/planted.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const DAMAGED = "INVALID_CONFIGURATION DATABASE_DAMAGED";

/** Overwrites all pages behind the first with noise, in another process. */
function overwritePages(file: string): void {
  runInOtherProcess(
    `const { openSync, writeSync, closeSync, statSync } = require("node:fs");
    const descriptor = openSync(parameters[0], "r+");
    writeSync(descriptor, Buffer.alloc(statSync(parameters[0]).size - 4096, 0xa5), 0, undefined, 4096);
    closeSync(descriptor);`,
    file,
  );
}

/**
 * A database that was restored beside the write-ahead log of the one before it, whose last process had another key.
 *
 * @param rows how many secrets the former database had before its last process: without any, its log is the whole of it
 */
async function restoredBesideStaleLog(rows: number): Promise<{ file: string; key: Environment }> {
  const [file, backup, source] = [scratchFile(), scratchFile(), scratchFile()];
  const key = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() };
  await fillDatabase(source, 40, key);
  backUp(source, backup);
  if (rows > 0) await fillDatabase(file, rows, { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() });
  const agent = await startAgent();
  await agent.do("open", fileEnvironment(file, { ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: "true" }));
  await agent.do("setMany", "other", 30);
  await agent.kill();
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
  copyFileSync(backup, file);
  return { file, key };
}

async function fillDatabase(file: string, rows: number, key: Environment): Promise<void> {
  const manager = await openManager(file, key);
  for (let index = 0; index < rows; index++) {
    await manager.set(`name/${index}`, { index, filling: "x".repeat(2_000) });
  }
  await manager.close();
}

test("a start on a database restored beside a stale -wal reports the damage, and no wrong key", async () => {
  const { file, key } = await restoredBesideStaleLog(30);
  const error = await failure(openManager(file, key));
  expect(`${error.code} ${error.reason}`).toBe(DAMAGED);
  expect(error.message).toContain("-wal");
  expect(error.message).not.toContain("ACCEPT_NEW_ENCRYPTION_KEY");
});

test("a wrong key beside a -wal that hides the whole restored file is reported with that cause first", async () => {
  const { file, key } = await restoredBesideStaleLog(0);
  const error = await failure(openManager(file, key));
  expect(`${error.code} ${error.reason}`).toBe("DECRYPTION_FAILED KEY_MISMATCH");
  expect(error.message).toContain(`${file}-wal`);
  expect(error.message.indexOf("-wal")).toBeLessThan(error.message.indexOf("ACCEPT_NEW_ENCRYPTION_KEY"));
});

test.each([0, 30])(
  "a start that fails beside the stale -wal of %i rows leaves the restored file whole: without the -wal it opens",
  async (rows) => {
    const { file, key } = await restoredBesideStaleLog(rows);
    await failure(openManager(file, key));
    for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix);
    const manager = await openManager(file, key);
    expect(await Array.fromAsync(manager.list())).toHaveLength(40);
    expect((await manager.get("name/7"))?.value.index).toBe(7);
  },
);

test("a wrong key on a whole database is still KEY_MISMATCH", async () => {
  const file = scratchFile();
  await makeDatabase(file);
  const wrong = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() };
  expect(await failureCode(openManager(file, wrong))).toBe("DECRYPTION_FAILED KEY_MISMATCH");
});

test("calls on a database that was damaged while it is open report the damage", async () => {
  const file = scratchFile();
  const filler = await openManager(file);
  for (let index = 0; index < 60; index++) await filler.set(`n/${index}`, { filling: "x".repeat(3_000) });
  await filler.close();
  const manager = await openManager(file);
  overwritePages(file);
  const calls = {
    get: () => manager.get("n/30"),
    getMany: () => manager.getMany(["n/1", "n/30"]),
    has: () => manager.has("n/30"),
    list: () => Array.fromAsync(manager.list()),
    set: () => manager.set("n/30", { b: 1 }),
    delete: () => manager.delete("n/30"),
  };
  for (const [name, call] of Object.entries(calls)) {
    expect([name, await failureCode(call())]).toEqual([name, DAMAGED]);
  }
  const { status, problems } = await manager.check();
  expect(status).toBe("degraded");
  expect(problems.map(({ reason }) => reason)).toEqual(["DATABASE_DAMAGED"]);
});

test("calls on a damaged database of the application, over better-sqlite3, report the damage", async () => {
  const file = scratchFile();
  await makeDatabase(file);
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: openBetterSqlite(file) }) });
  onTestFinished(() => kysely.destroy());
  const env = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
  const manager = await createSecretsManager({ plugins: [dbPlugin({ kysely })], env });
  onTestFinished(() => manager.close());
  await manager.set("a", { b: 1 });
  await sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(kysely);
  overwritePages(file);
  await sql`PRAGMA shrink_memory`.execute(kysely);
  expect(await failureCode(manager.get("a"))).toBe(DAMAGED);
});
