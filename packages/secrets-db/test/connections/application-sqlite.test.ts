import { Kysely, SqliteDialect, sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { startAgent } from "../support/agents.ts";
import { startManagerOn } from "../support/application-pool.ts";
import { createWhatExists, eachChange } from "../support/each-change.ts";
import { failureCode } from "../support/failure.ts";
import { openManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { dump } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

/** Of which a fifth is left for the return to the caller, on a busy machine. */
const TIMEOUT = 2_000;

/** A manager over an application's instance, which has one connection. */
async function managerOnOneConnection(timeout = TIMEOUT) {
  const file = scratchFile();
  const kysely = new Kysely<object>({ dialect: new SqliteDialect({ database: openSqlite(file) }) });
  onTestFinished(() => kysely.destroy());
  const manager = await startManagerOn(kysely, { timeout });
  await createWhatExists(manager);
  return { file, kysely, manager };
}

/** Begins a transaction of the application on its one connection. */
async function beginTransaction(kysely: Kysely<object>): Promise<{ end: () => Promise<void> }> {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let whole: Promise<void> | undefined;
  await new Promise<void>((begun) => {
    whole = kysely.connection().execute(async (connection) => {
      await sql`BEGIN`.execute(connection);
      begun();
      await finished;
      await sql`ROLLBACK`.execute(connection);
    });
  });
  return {
    end: async () => {
      finish();
      await whole;
    },
  };
}

/** Waits until everything that waited for the one connection has had it. */
async function quiet(kysely: Kysely<object>): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await sql`SELECT 1`.execute(kysely);
}

test("every change is TIMEOUT while the application's transaction has the only connection, and never happens", async () => {
  const { file, kysely, manager } = await managerOnOneConnection();
  const before = dump(file);
  const transaction = await beginTransaction(kysely);
  const outcomes = eachChange.map(async ({ kind, run }) => [kind, await failureCode(run(manager, kind))]);
  expect(await Promise.all(outcomes)).toEqual(eachChange.map(({ kind }) => [kind, "TIMEOUT"]));
  await transaction.end();
  await quiet(kysely);
  expect(dump(file)).toEqual(before);
});

test("every change is ABORTED by its signal while the application's transaction has the only connection, and never happens", async () => {
  const { file, kysely, manager } = await managerOnOneConnection(60_000);
  const before = dump(file);
  const transaction = await beginTransaction(kysely);
  const controller = new AbortController();
  const { signal } = controller;
  const outcomes = eachChange.map(async ({ kind, run }) => [
    kind,
    await failureCode(run(manager, kind, { signal })),
  ]);
  await new Promise(setImmediate);
  controller.abort();
  expect(await Promise.all(outcomes)).toEqual(eachChange.map(({ kind }) => [kind, "ABORTED"]));
  await transaction.end();
  await quiet(kysely);
  expect(dump(file)).toEqual(before);
});

test("every change that waits for the only connection when the manager is closed is ABORTED, and never happens", async () => {
  const { file, kysely, manager } = await managerOnOneConnection(60_000);
  const before = dump(file);
  const transaction = await beginTransaction(kysely);
  const outcomes = eachChange.map(async ({ kind, run }) => [kind, await failureCode(run(manager, kind))]);
  await new Promise(setImmediate);
  await manager.close({ timeout: 0 });
  expect(await Promise.all(outcomes)).toEqual(eachChange.map(({ kind }) => [kind, "ABORTED"]));
  await transaction.end();
  await quiet(kysely);
  expect(dump(file)).toEqual(before);
});

test("a deletion that was TIMEOUT leaves a secret alone that another process created since", async () => {
  const { file, kysely, manager } = await managerOnOneConnection();
  const transaction = await beginTransaction(kysely);
  expect(await failureCode(manager.delete("delete"))).toBe("TIMEOUT");
  const other = await openManager(file);
  await other.delete("delete");
  const value = plantedValue();
  await other.create("delete", value);
  await transaction.end();
  await quiet(kysely);
  expect((await other.get("delete"))?.value).toEqual(value);
});

test("every change over an application's instance is TIMEOUT while another process has the write lock, and never happens", async () => {
  const { file, kysely, manager } = await managerOnOneConnection();
  const before = dump(file);
  const agent = await startAgent();
  await agent.do("lock", file);
  const outcomes = eachChange.map(async ({ kind, run }) => [kind, await failureCode(run(manager, kind))]);
  expect(await Promise.all(outcomes)).toEqual(eachChange.map(({ kind }) => [kind, "TIMEOUT"]));
  await agent.do("unlock");
  await quiet(kysely);
  expect(dump(file)).toEqual(before);
});
