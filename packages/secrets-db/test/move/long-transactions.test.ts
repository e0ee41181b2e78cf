import { expect, test } from "vitest";
import { moveDatabase } from "../../src/index.ts";
import { ApplicationPool } from "../support/application-pool.ts";
import { createPostgresDatabase, sqliteDatabase } from "../support/each-database.ts";
import { startManager } from "../support/open-manager.ts";
import { describePostgres } from "../support/postgres-database.ts";
import { contentOf, placeOf } from "./move-pairs.ts";

describePostgres("moveDatabase() beside a transaction of the application that changed the table", () => {
  test("waits for its end without stopping other writers, and copies the rows that it committed", async () => {
    const [source, target] = [await createPostgresDatabase(), sqliteDatabase()];
    const manager = await startManager(source.environment());
    await manager.set("a", { n: 1 });
    const { kysely } = new ApplicationPool(placeOf(source).url, 1);
    const changed = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const transaction = kysely.transaction().execute(async (transaction) => {
      await transaction.updateTable("archestra_secrets").set({ path: "changed" }).execute();
      changed.resolve();
      await mayCommit.promise;
    });
    await changed.promise;
    let isEnded = false;
    const move = moveDatabase({ from: placeOf(source), to: placeOf(target) }).finally(() => {
      isEnded = true;
    });
    const waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'";
    while ((await source.query(waits)).length === 0);
    // Behind the lock that is waited for, and before the next attempt.
    await manager.set("b", { n: 2 });
    expect(isEnded).toBe(false);
    mayCommit.resolve();
    await transaction;
    expect(await move).toMatchObject({ rows: 2, verified: true });
    expect(await contentOf(target)).toEqual(await contentOf(source));
    expect(await target.query("SELECT path FROM archestra_secrets WHERE name = 'a'")).toEqual([
      { path: "changed" },
    ]);
  });
});
