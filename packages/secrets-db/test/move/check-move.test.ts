import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { checkDatabaseMove, moveDatabase, releaseDatabase } from "../../src/index.ts";
import { describeEachDatabase } from "../support/each-database.ts";
import { failureCode } from "../support/failure.ts";
import { startManager } from "../support/open-manager.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { contentOf, placeOf } from "./move-pairs.ts";

describeEachDatabase("checkDatabaseMove()", (create) => {
  test("counts what can be moved, and changes neither database", async () => {
    const [source, target] = [await create(), await create()];
    const manager = await startManager(source.environment());
    await manager.set("a", { n: 1 });
    const before = await contentOf(source);
    const places = { from: placeOf(source), to: placeOf(target) };
    expect(await checkDatabaseMove(places)).toEqual({ rows: 1, keys: 1, continues: false });
    expect(await contentOf(source)).toEqual(before);
    await expect(source.query("SELECT * FROM archestra_secrets_move")).rejects.toThrow();
    await expect(target.query("SELECT * FROM archestra_secrets")).rejects.toThrow();

    const file = scratchFile();
    const toFile = { from: placeOf(source), to: { url: `sqlite:${file}` } };
    expect(await checkDatabaseMove(toFile)).toEqual({ rows: 1, keys: 1, continues: false });
    expect(existsSync(file)).toBe(false);

    await moveDatabase(places);
    expect(await checkDatabaseMove(places)).toMatchObject({ continues: true });
    await releaseDatabase(placeOf(source));
    expect(await failureCode(checkDatabaseMove(places))).toBe("ALREADY_EXISTS TARGET_OCCUPIED");
  });

  test("accepts the rollback, and refuses what a move would refuse", async () => {
    const [source, target, other] = [await create(), await create(), await create()];
    await (await startManager(source.environment())).set("a", { n: 1 });
    await (await startManager(other.environment())).set("b", { n: 1 });
    const [from, to] = [placeOf(source), placeOf(target)];
    expect(await failureCode(checkDatabaseMove({ from, to: placeOf(other) }))).toBe(
      "ALREADY_EXISTS TARGET_OCCUPIED",
    );
    expect(await failureCode(checkDatabaseMove({ from, to: from }))).toBe(
      "INVALID_CONFIGURATION SAME_DATABASE",
    );
    expect(await failureCode(checkDatabaseMove({ from: to, to: from }))).toBe(
      "INVALID_CONFIGURATION MIGRATIONS_PENDING",
    );
    await moveDatabase({ from, to });
    expect(await checkDatabaseMove({ from: to, to: from })).toEqual({ rows: 1, keys: 1, continues: false });
    await source.query("UPDATE archestra_secrets_move SET role = 'target', state = 'copying'");
    expect(await failureCode(checkDatabaseMove({ from, to }))).toBe("INVALID_CONFIGURATION MOVE_UNFINISHED");
  });
});
