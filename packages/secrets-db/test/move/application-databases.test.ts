import { PGlite } from "@electric-sql/pglite";
import { Kysely, SqliteDialect, sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { moveDatabase, releaseDatabase } from "../../src/index.ts";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { ApplicationPool, startManagerOn } from "../support/application-pool.ts";
import { createPostgresDatabase } from "../support/each-database.ts";
import { failureCode } from "../support/failure.ts";
import { pgliteDialect } from "../support/pglite-dialect.ts";
import { describePostgres } from "../support/postgres-database.ts";
import { placeOf } from "./move-pairs.ts";

/** The application's own instances, which stay open. */
function applicationDatabases() {
  const onSqlite = new Kysely<object>({ dialect: new SqliteDialect({ database: openSqlite(":memory:") }) });
  const onPglite = new Kysely<object>({ dialect: pgliteDialect(new PGlite()) });
  onTestFinished(async () => {
    await onSqlite.destroy();
    await onPglite.destroy();
  });
  return { onSqlite, onPglite };
}

test("moveDatabase() moves between instances of Kysely for SQLite and PGlite, and leaves both open", async () => {
  const { onSqlite, onPglite } = applicationDatabases();
  const before = await startManagerOn(onSqlite);
  const { version } = await before.set("a", { n: 1 });
  expect(await moveDatabase({ from: { kysely: onSqlite }, to: { kysely: onPglite } })).toMatchObject({
    rows: 1,
  });
  expect(await failureCode(before.set("a", { n: 2 }))).toBe("UNAVAILABLE DATABASE_MOVED");
  const there = await startManagerOn(onPglite);
  expect((await there.update("a", { n: 2 }, { ifVersion: version })).version).not.toBe(version);
  expect(await moveDatabase({ from: { kysely: onPglite }, to: { kysely: onSqlite } })).toMatchObject({
    rows: 1,
  });
  expect((await before.get("a"))?.value).toEqual({ n: 2 });
  expect(await failureCode(there.delete("a"))).toBe("UNAVAILABLE DATABASE_MOVED");
  expect(await releaseDatabase({ kysely: onPglite })).toBe(true);
  expect(await there.delete("a")).toBe(true);
  await sql`SELECT 1`.execute(onSqlite);
});

describePostgres("moveDatabase() over an application's pool", () => {
  test("of one connection ends, at the source and at the target", async () => {
    const [source, target] = [await createPostgresDatabase(), await createPostgresDatabase()];
    const [from, to] = [source, target].map(
      (database) => new ApplicationPool(placeOf(database).url, 1).kysely,
    );
    if (from === undefined || to === undefined) throw new Error("There are two.");
    await (await startManagerOn(from)).set("a", { n: 1 });
    expect(await moveDatabase({ from: { kysely: from }, to: { kysely: to } })).toMatchObject({ rows: 1 });
    expect((await (await startManagerOn(to)).get("a"))?.value).toEqual({ n: 1 });
  });
});
