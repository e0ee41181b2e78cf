import pg from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import { type PostgresPair, startPostgresPair } from "../postgres-pair.ts";

async function pairOfTest(): Promise<PostgresPair> {
  const pair = await startPostgresPair();
  onTestFinished(() => pair.dispose());
  return pair;
}

/** Runs one statement on a connection of its own. */
async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The numbers that a server has, in their order. */
async function numbers(url: string): Promise<unknown[]> {
  return (await query(url, "SELECT n FROM numbers ORDER BY n")).map(({ n }) => n);
}

test("a standby follows its primary, refuses changes, and is promoted when that is killed", async () => {
  const pair = await pairOfTest();
  const { first, second } = pair.urls;
  await query(first, "CREATE TABLE numbers (n int)");
  await query(first, "INSERT INTO numbers VALUES (1)");
  await vi.waitFor(async () => expect(await numbers(second)).toEqual([1]), 20_000);
  await expect(query(second, "INSERT INTO numbers VALUES (2)")).rejects.toMatchObject({ code: "25006" });

  await pair.stop("first", "kill");
  await expect(query(first, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await pair.promote("second");
  await query(second, "INSERT INTO numbers VALUES (2)");

  await pair.follow("first");
  await vi.waitFor(async () => expect(await numbers(first)).toEqual([1, 2]), 20_000);
  await expect(query(first, "INSERT INTO numbers VALUES (3)")).rejects.toMatchObject({ code: "25006" });
});

test("a commit waits for a frozen standby, until commits do not wait", async () => {
  const pair = await pairOfTest();
  const { first, second } = pair.urls;
  await query(first, "CREATE TABLE numbers (n int)");
  await pair.freeze("second");
  let isCommitted = false;
  const insert = query(first, "INSERT INTO numbers VALUES (1)").then(() => {
    isCommitted = true;
  });
  const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  await vi.waitFor(async () => expect(await query(first, waits)).toHaveLength(1), 20_000);
  expect(isCommitted).toBe(false);
  await pair.thaw("second");
  await insert;
  await vi.waitFor(async () => expect(await numbers(second)).toEqual([1]), 20_000);

  await pair.stop("second", "fast");
  await pair.waitForStandby("first", false);
  await query(first, "INSERT INTO numbers VALUES (2)");
  expect(await numbers(first)).toEqual([1, 2]);
});
