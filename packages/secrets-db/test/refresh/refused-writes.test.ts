import { unstoredValue } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { startAgent } from "../support/agents.ts";
import { describeEachDatabase } from "../support/each-database.ts";
import { failure } from "../support/failure.ts";
import { openManager, startManager } from "../support/open-manager.ts";
import { plantedValue, showsPlantedText } from "../support/planted.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { beforeStatement } from "../support/statements.ts";

describeEachDatabase("refresh()", (create) => {
  test("stores a new value, encrypted, once for all managers on the database", async () => {
    const database = await create();
    const managers = [];
    for (let index = 0; index < 4; index++) managers.push(await startManager(database.environment()));
    const [first] = managers;
    await first?.create("a", { n: 0, ...plantedValue() });
    const value = { n: 1, ...plantedValue() };
    let runs = 0;
    const options = {
      isFresh: ({ n }: { n?: unknown }) => n === 1,
      refresh: async () => {
        runs++;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return value;
      },
    };
    const calls = managers.flatMap((manager) => [1, 2, 3].map(() => manager.refresh("a", options)));
    for (const secret of await Promise.all(calls)) expect(secret.value).toEqual(value);
    expect(runs).toBe(1);
    const [row] = await database.query<{ state: string; transition_id: unknown; value: string }>(
      "SELECT state, transition_id, value FROM archestra_secrets WHERE name = 'a'",
    );
    expect(row).toMatchObject({ state: "active", transition_id: null });
    expect(showsPlantedText(row)).toBe(false);
  });

  test("hands the new value to its caller when the database refuses it until the deadline", async () => {
    const database = await create();
    const manager = await startManager(database.environment(), { timeout: 5_000 });
    const former = plantedValue();
    await manager.create("a", former);
    const value = plantedValue();
    const refresh = async () => {
      await database.refuseUpdates();
      return value;
    };
    const error = await failure(manager.refresh("a", { isFresh: () => false, refresh }));
    expect(unstoredValue(error)).toEqual(value);
    expect(error).toMatchObject({ operation: "refresh", retryable: false });
    expect((await manager.get("a"))?.value).toEqual(former);
  });
});

test("refresh() on SQLite waits for the write lock of another process, and stores the new value", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("a", plantedValue());
  const agent = await startAgent();
  const value = plantedValue();
  let unlocked = Promise.resolve();
  const refresh = async () => {
    await agent.do("lock", file);
    unlocked = new Promise<void>((resolve) => setTimeout(resolve, 3_000)).then(() => agent.do("unlock"));
    return value;
  };
  expect((await manager.refresh("a", { isFresh: () => false, refresh })).value).toEqual(value);
  await unlocked;
  expect((await manager.get("a"))?.value).toEqual(value);
});

test("refresh() on SQLite hands the new value over while another process keeps the write lock", async () => {
  const file = scratchFile();
  const manager = await openManager(file, {}, { timeout: 5_000 });
  await manager.create("a", plantedValue());
  const agent = await startAgent();
  const value = plantedValue();
  const refresh = async () => {
    await agent.do("lock", file);
    return value;
  };
  const error = await failure(manager.refresh("a", { isFresh: () => false, refresh }));
  expect(unstoredValue(error)).toEqual(value);
  await agent.do("unlock");
});

test("refresh() on SQLite repeats a statement that fails once", async () => {
  const manager = await openManager(scratchFile());
  await manager.create("a", plantedValue());
  const value = plantedValue();
  let runs = 0;
  const refresh = () => {
    runs++;
    beforeStatement(/^update .*"value" =/i, () => {
      throw Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR", errcode: 10 });
    });
    return value;
  };
  expect((await manager.refresh("a", { isFresh: () => false, refresh })).value).toEqual(value);
  expect(runs).toBe(1);
});
