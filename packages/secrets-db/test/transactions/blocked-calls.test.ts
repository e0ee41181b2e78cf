import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectionIds, startApplication, startSecrets } from "../support/application.ts";
import { postgresKysely, sqliteKysely } from "../support/application-kysely.ts";
import { failure, failureCode } from "../support/failure.ts";
import { openManager } from "../support/open-manager.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

describePostgres("a call in a transaction that another transaction blocks (PostgreSQL)", () => {
  async function open(timeout?: number) {
    const { url, query } = await postgresDatabase();
    const { kysely, secrets } = await startApplication(postgresKysely(url, 1));
    await secrets.create("a", { n: 1 });
    const hasty = timeout === undefined ? secrets : await startSecrets(kysely, { timeout });
    const other = postgresKysely(url, 2);
    onTestFinished(() => other.destroy());
    return { kysely, secrets: hasty, query, other, otherSecrets: await startSecrets(other) };
  }

  test("a serialization failure is reported and not retried, and so is every later call", async () => {
    const { kysely, secrets, otherSecrets } = await open();
    const rolledBack = kysely
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute(async (transaction) => {
        const inside = secrets.inTransaction(transaction);
        await transaction.insertInto("connections").values({ id: "1" }).execute();
        await otherSecrets.set("a", { n: 2 });
        const error = await failure(inside.set("a", { n: 3 }));
        expect([error.code, error.reason, error.retryable]).toEqual([
          "CONFLICT",
          "TRANSACTION_ABORTED",
          true,
        ]);
        expect(error.message).toContain("Roll the transaction back and repeat it from its beginning");
        expect(await failureCode(inside.get("a"))).toBe("INVALID_ARGUMENT TRANSACTION_ABORTED");
        expect(await failureCode(inside.set("b", { n: 3 }))).toBe("INVALID_ARGUMENT TRANSACTION_ABORTED");
        throw error;
      });
    await expect(rolledBack).rejects.toThrow("Another transaction was in the way");
    expect((await secrets.get("a"))?.value).toEqual({ n: 2 });
    expect(await secrets.has("b")).toBe(false);
    expect(await connectionIds(kysely)).toEqual([]);
  });

  test("update() by a function runs it again when another process has committed a change", async () => {
    const { kysely, secrets, otherSecrets } = await open();
    await kysely.transaction().execute(async (transaction) => {
      let runs = 0;
      await secrets.inTransaction(transaction).update("a", async ({ n }) => {
        if (++runs === 1) await otherSecrets.set("a", { n: 10 });
        return { n: Number(n) + 1 };
      });
    });
    expect((await secrets.get("a"))?.value).toEqual({ n: 11 });
  });

  test("a change that waits for a row past its deadline is OUTCOME_UNKNOWN, and a rollback undoes it", async () => {
    const { kysely, secrets, other, otherSecrets } = await open(1_000);
    await other.transaction().execute(async (lock) => {
      await otherSecrets.inTransaction(lock).set("a", { n: 2 });
      const rolledBack = kysely.transaction().execute(async (transaction) => {
        const inside = secrets.inTransaction(transaction);
        const waiting = failure(inside.set("a", { n: 3 }));
        // It waits for the connection that the first one uses.
        const behind = failureCode(inside.set("behind", { n: 3 }));
        const late = await waiting;
        expect([late.code, late.reason]).toEqual(["OUTCOME_UNKNOWN", "IN_TRANSACTION"]);
        expect(late.message).toContain("roll the transaction back");
        expect(await behind).toBe("TIMEOUT");
        const [{ pid } = { pid: 0 }] = (
          await sql<{
            pid: number;
          }>`SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`.execute(
            lock,
          )
        ).rows;
        await sql`SELECT pg_cancel_backend(${pid})`.execute(lock);
        throw late;
      });
      await expect(rolledBack).rejects.toThrow("did not confirm the change in the transaction");
    });
    expect((await otherSecrets.get("a"))?.value).toEqual({ n: 2 });
    expect(await otherSecrets.has("behind")).toBe(false);
  });

  test("a connection that the server ends is reported, and nothing is committed", async () => {
    const { kysely, secrets, query } = await open();
    const ended = kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      await transaction.insertInto("connections").values({ id: "1" }).execute();
      await inside.set("a", { n: 2 });
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(transaction);
      await query("SELECT pg_terminate_backend($1, 10000)", [rows[0]?.pid]);
      expect(await failureCode(inside.set("b", { n: 2 }))).toBe("OUTCOME_UNKNOWN IN_TRANSACTION");
      throw new Error("rolled back");
    });
    await expect(ended).rejects.toThrow();
    expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
    expect(await secrets.has("b")).toBe(false);
    expect(await connectionIds(kysely)).toEqual([]);
  });
});

describe("a call in a transaction that another connection blocks (SQLite)", () => {
  async function open() {
    const file = scratchFile();
    const { kysely, secrets } = await startApplication(sqliteKysely(file));
    await secrets.create("a", { n: 1 });
    const other = new DatabaseSync(file);
    onTestFinished(() => other.close());
    return { kysely, secrets, other, otherSecrets: await openManager(file) };
  }

  test("a change waits until the lock is free", async () => {
    const { kysely, secrets, other } = await open();
    await kysely.transaction().execute(async (transaction) => {
      other.exec("BEGIN IMMEDIATE");
      let isFree = false;
      const change = secrets
        .inTransaction(transaction)
        .set("b", { n: 2 })
        .then(() => isFree);
      await sleep(50);
      isFree = true;
      other.exec("COMMIT");
      expect(await change).toBe(true);
    });
    expect((await secrets.get("b"))?.value).toEqual({ n: 2 });
  });

  test("a transaction that has read what another one changed since must be repeated", async () => {
    const { kysely, secrets, otherSecrets } = await open();
    const rolledBack = kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      expect((await inside.get("a"))?.value).toEqual({ n: 1 });
      await otherSecrets.set("a", { n: 2 });
      const error = await failure(inside.update("a", { n: 3 }));
      expect([error.code, error.reason]).toEqual(["CONFLICT", "TRANSACTION_ABORTED"]);
      throw error;
    });
    await expect(rolledBack).rejects.toThrow("Another transaction was in the way");
    expect((await secrets.get("a"))?.value).toEqual({ n: 2 });
  });
});
