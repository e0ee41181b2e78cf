import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { type DbOptions, moveDatabase } from "../../src/index.ts";
import { describeEachDatabase, sqliteDatabase } from "../support/each-database.ts";
import { failure, failureCode } from "../support/failure.ts";
import { startManager } from "../support/open-manager.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { contentOf, placeOf } from "./move-pairs.ts";

describeEachDatabase("moveDatabase()", (create) => {
  test("changes nothing at a target that holds secrets of another database", async () => {
    const [source, target] = [await create(), await create()];
    await (await startManager(source.environment())).set("a", { n: 1 });
    const theirs = await startManager(target.environment());
    await theirs.set("b", { n: 2 });
    const before = await contentOf(target);
    const move = moveDatabase({ from: placeOf(source), to: placeOf(target) });
    expect(await failureCode(move)).toBe("ALREADY_EXISTS TARGET_OCCUPIED");
    expect(await contentOf(target)).toEqual(before);
    await theirs.set("b", { n: 3 });
    await (await startManager(source.environment())).set("a", { n: 4 });
  });

  test("refuses a source and a target that are the same database, also when it is empty", async () => {
    const database = await create();
    const manager = await startManager(database.environment());
    const move = () => moveDatabase({ from: placeOf(database), to: placeOf(database) });
    expect(await failureCode(move())).toBe("INVALID_CONFIGURATION SAME_DATABASE");
    await manager.set("a", { n: 1 });
    expect(await failureCode(move())).toBe("INVALID_CONFIGURATION SAME_DATABASE");
    await manager.set("a", { n: 2 });
  });

  test("refuses a source that a newer version has migrated, since it may hold more than this version knows", async () => {
    const [source, target] = [await create(), await create()];
    await (await startManager(source.environment())).set("a", { n: 1 });
    await source.query("INSERT INTO archestra_secrets_migrations VALUES ('9999-later', 'now')");
    const move = moveDatabase({ from: placeOf(source), to: placeOf(target) });
    expect(await failureCode(move)).toBe("INVALID_CONFIGURATION NEWER_TABLES");
  });

  test("opens no target that differs from the source at the end, and keeps the source closed", async () => {
    const [source, target] = [await create(), sqliteDatabase()];
    const manager = await startManager(source.environment());
    await manager.set("a", { n: 1 });
    await (await startManager(target.environment())).close();
    await target.query("DELETE FROM archestra_secrets_keys");
    await target.query(
      "CREATE TRIGGER loses AFTER INSERT ON archestra_secrets BEGIN UPDATE archestra_secrets SET version = 7; END",
    );
    const places = { from: placeOf(source), to: placeOf(target) };
    expect(await failureCode(moveDatabase(places))).toBe("INTERNAL MOVE_NOT_VERIFIED");
    expect(await failureCode(manager.set("a", { n: 2 }))).toBe("UNAVAILABLE DATABASE_MOVED");
    await expect(target.query("DELETE FROM archestra_secrets")).rejects.toThrow("MOVE_UNFINISHED");
    await target.query("DROP TRIGGER loses");
    expect(await moveDatabase(places)).toMatchObject({ rows: 1, verified: true });
  });
});

test("moveDatabase() refuses a number that not every database keeps exactly, by the name of its row", async () => {
  const [source, target] = [sqliteDatabase(), sqliteDatabase()];
  await (await startManager(source.environment())).set("fraction", { n: 1 });
  await source.query("UPDATE archestra_secrets SET updated_at = 1.5");
  const error = await failure(moveDatabase({ from: placeOf(source), to: placeOf(target) }));
  expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "ROW_NOT_MOVABLE"]);
  expect(error.message).toMatch(/"fraction".*`updated_at`/);
});

test("moveDatabase() does not create a source that does not exist", async () => {
  const file = scratchFile();
  const move = moveDatabase({ from: { url: `sqlite:${file}` }, to: placeOf(sqliteDatabase()) });
  expect(await failureCode(move)).toMatch(/^INVALID_CONFIGURATION/);
  expect(existsSync(file)).toBe(false);
});

test("moveDatabase() reads no variable of the environment: both databases are named", async () => {
  const place = placeOf(sqliteDatabase());
  for (const [from, to] of [
    [{}, place],
    [place, {}],
    [undefined, place],
  ] as [DbOptions, DbOptions][]) {
    if (from === place)
      await (
        await startManager({
          ARCHESTRA_DATABASE_URL: place.url,
          ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "k".repeat(40),
        })
      ).close();
    await expect(moveDatabase({ from, to })).rejects.toThrow(TypeError);
  }
});
