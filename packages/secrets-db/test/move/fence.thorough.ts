import { expect, test } from "vitest";
import { type MoveProgress, moveDatabase, releaseDatabase } from "../../src/index.ts";
import { describeEachDatabase, sqliteDatabase, type TestDatabase } from "../support/each-database.ts";
import { failure, failureCode } from "../support/failure.ts";
import { startManager } from "../support/open-manager.ts";
import { contentOf, placeOf } from "./move-pairs.ts";

/** A database with two secrets, moved to a file. */
async function moved(source: TestDatabase): Promise<TestDatabase> {
  const manager = await startManager(source.environment());
  await manager.set("a", { n: 1 });
  await manager.set("b", { n: 2 });
  const target = sqliteDatabase();
  await moveDatabase({ from: placeOf(source), to: placeOf(target) });
  return target;
}

describeEachDatabase("a database that was moved", (create) => {
  test.each([
    "INSERT INTO archestra_secrets (name, value) VALUES ('c', '{}')",
    "UPDATE archestra_secrets SET version = version + 1",
    "DELETE FROM archestra_secrets",
    "INSERT INTO archestra_secrets_keys (key_id, sequence, canary) VALUES ('k', 9, 'c')",
    "UPDATE archestra_secrets_keys SET sweep_done_at = 1",
    "DELETE FROM archestra_secrets_keys",
  ])("refuses the change of any program: %s", async (statement) => {
    const source = await create();
    await moved(source);
    const before = await contentOf(source);
    await expect(source.query(statement)).rejects.toThrow("ARCHESTRA_SECRETS_DATABASE_MOVED");
    expect(await contentOf(source)).toEqual(before);
  });

  test("still serves reads, and refuses every change with DATABASE_MOVED", async () => {
    const source = await create();
    await moved(source);
    const manager = await startManager(source.environment());
    const version = (await manager.get("a"))?.version;
    for (const call of [
      () => manager.create("c", { n: 1 }),
      () => manager.set("a", { n: 1 }),
      () => manager.update("a", () => ({ n: 1 })),
      () => manager.update("a", { n: 1 }, { ifVersion: version }),
      () => manager.delete("a"),
      () => manager.delete("a", { ifVersion: version }),
    ]) {
      const error = await failure(call());
      expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "DATABASE_MOVED", true]);
      expect(error.message).toMatch(/ARCHESTRA_DATABASE_URL.*releaseDatabase/);
    }
    expect((await manager.get("a"))?.value).toEqual({ n: 1 });
    expect(await manager.check()).toMatchObject({
      status: "degraded",
      problems: [{ code: "UNAVAILABLE", reason: "DATABASE_MOVED" }],
    });
  });

  test("accepts changes again after releaseDatabase(), and the target is no target of it any more", async () => {
    const source = await create();
    const target = await moved(source);
    expect(await releaseDatabase(placeOf(source))).toBe(true);
    expect(await releaseDatabase(placeOf(source))).toBe(false);
    const manager = await startManager(source.environment());
    await manager.set("a", { n: 3 });
    expect((await manager.check()).status).toBe("healthy");
    const again = moveDatabase({ from: placeOf(source), to: placeOf(target) });
    expect(await failureCode(again)).toBe("ALREADY_EXISTS TARGET_OCCUPIED");
    await manager.set("b", { n: 4 });
  });

  test("takes back its secrets with all changes made at the target", async () => {
    const source = await create();
    const target = await moved(source);
    const there = await startManager(target.environment());
    await there.set("a", { n: 10 });
    await there.delete("b");
    await there.create("b", { n: 20 });
    await there.create("c", { n: 30 });
    const report = await moveDatabase({ from: placeOf(target), to: placeOf(source) });
    expect(report).toMatchObject({ rows: 3, keys: 1, verified: true });
    expect(await failureCode(there.set("a", { n: 0 }))).toBe("UNAVAILABLE DATABASE_MOVED");
    expect(await contentOf(source)).toEqual(await contentOf(target));
    const back = await startManager(source.environment());
    expect((await back.get("b"))?.value).toEqual({ n: 20 });
    await back.set("c", { n: 31 });
    expect((await back.check()).status).toBe("healthy");
  });
});

describeEachDatabase("the target of a move that has not ended", (create) => {
  async function unfinished(target: TestDatabase): Promise<TestDatabase> {
    const source = sqliteDatabase();
    const manager = await startManager(source.environment());
    await manager.set("a", { n: 1 });
    const stop = new AbortController();
    const call = moveDatabase({
      from: placeOf(source),
      to: placeOf(target),
      signal: stop.signal,
      onProgress: ({ phase }) => {
        if (phase === "verify") stop.abort();
      },
    });
    expect(await failureCode(call)).toBe("ABORTED");
    return source;
  }

  test("accepts no change of an application, and all of them after the call that ends the move", async () => {
    const target = await create();
    const source = await unfinished(target);
    const manager = await startManager(target.environment());
    expect(await failureCode(manager.set("b", { n: 1 }))).toBe("UNAVAILABLE MOVE_UNFINISHED");
    expect(await manager.check()).toMatchObject({ problems: [{ reason: "MOVE_UNFINISHED" }] });
    await expect(target.query("DELETE FROM archestra_secrets")).rejects.toThrow("MOVE_UNFINISHED");
    const further = moveDatabase({ from: placeOf(target), to: placeOf(sqliteDatabase()) });
    expect(await failureCode(further)).toBe("INVALID_CONFIGURATION MOVE_UNFINISHED");
    const released = releaseDatabase(placeOf(target));
    expect(await failureCode(released)).toBe("INVALID_CONFIGURATION MOVE_UNFINISHED");
    expect(await moveDatabase({ from: placeOf(source), to: placeOf(target) })).toMatchObject({ rows: 1 });
    await manager.set("b", { n: 1 });
    expect((await manager.check()).status).toBe("healthy");
  });

  test("is left to the call that began last: an earlier one ends with MOVE_TAKEN_OVER", async () => {
    const target = await create();
    const source = sqliteDatabase();
    await (await startManager(source.environment())).set("a", { n: 1 });
    const places = { from: placeOf(source), to: placeOf(target) };
    const firstEnds = Promise.withResolvers<void>();
    const second: Promise<unknown>[] = [];
    const first = moveDatabase({
      ...places,
      onProgress: async ({ phase }) => {
        if (phase !== "copy" || second.length > 0) return;
        const verifies = Promise.withResolvers<void>();
        const onProgress = ({ phase }: MoveProgress) => {
          if (phase !== "verify") return;
          verifies.resolve();
          return firstEnds.promise;
        };
        second.push(moveDatabase({ ...places, onProgress }));
        await verifies.promise;
      },
    });
    expect(await failureCode(first)).toBe("CONFLICT MOVE_TAKEN_OVER");
    firstEnds.resolve();
    expect(await second[0]).toMatchObject({ rows: 1, verified: true });
  });
});
