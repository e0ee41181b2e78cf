import { expect, test } from "vitest";
import { describeEachDatabase, type TestDatabase } from "../support/each-database.ts";
import { callContext, expectationOf, OTHER, openBackend } from "../support/open-backend.ts";
import { plantedValue } from "../support/planted.ts";

/** Rows of the other manager, every tenth in a transition, beside rows of ours. */
async function fill(database: TestDatabase, others: number, own: number): Promise<void> {
  const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${others + own})`;
  await database.query(`
    ${numbers}
    INSERT INTO archestra_secrets (name, manager, state, transition_id, transition_started_at, value, key_id)
    SELECT 'n/' || CAST(100000 + i AS text),
      CASE WHEN i <= ${others} THEN 'OTHER' ELSE 'DB' END,
      CASE WHEN i > ${others} OR i % 10 <> 0 THEN 'active' WHEN i % 20 = 0 THEN 'moving' ELSE 'deleting' END,
      CASE WHEN i <= ${others} AND i % 10 = 0 THEN 'operation-' || CAST(i AS text) END,
      CASE WHEN i <= ${others} AND i % 10 = 0 THEN 0 END,
      CASE WHEN i > ${others} THEN 'sealed' END,
      CASE WHEN i > ${others} THEN CASE WHEN i % 2 = 0 THEN 'k1' ELSE 'k2' END END
    FROM n`);
}

describeEachDatabase("many rows", (create) => {
  test("are listed, found in transition, counted and read, whatever fits into one statement", async () => {
    const database = await create();
    const { ownership } = await openBackend(database.environment(noKey), { purpose: "ownership" });
    await fill(database, 23_000, 10_500);
    const counts = async (except?: string) =>
      Object.fromEntries(await ownership.count({ except }, callContext()));
    // Of the rows in transition, half are being deleted.
    expect(await counts()).toEqual({ DB: 10_500, OTHER: 21_850 });
    expect(await counts("DB")).toEqual({ OTHER: 21_850 });
    expect(await counts("OTHER")).toEqual({ DB: 10_500 });
    const transitions = await Array.fromAsync(ownership.transitions(callContext()), ({ name }) => name);
    expect(new Set(transitions).size).toBe(2_300);
    expect(transitions).toHaveLength(2_300);
    const listed = await Array.fromAsync(
      ownership.list({ prefix: "n/", after: "n/100010", limit: 1_200 }, callContext()),
      ({ name }) => name,
    );
    expect(listed).toEqual(Array.from({ length: 1_200 }, (_, index) => `n/${100_011 + index}`));
    const results = await ownership.readMany([...listed, "none"], callContext());
    expect([...results.keys()]).toEqual([...listed, "none"]);
    expect([...results.values()].filter(({ status }) => status === "found")).toHaveLength(1_200);
  });
});

const noKey = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: undefined };

describeEachDatabase("a row", (create) => {
  test("reports the age of its transition by the clock of the database, and starts again with the next", async () => {
    const database = await create();
    const { ownership } = await openBackend(database.environment());
    await ownership.claim("a", { manager: OTHER, state: "creating", transitionId: "1" }, callContext());
    await database.query(
      "UPDATE archestra_secrets SET transition_started_at = transition_started_at - 600000",
    );
    const readers = [
      async () => ownership.find("a", callContext()),
      async () => ownership.read("a", callContext()),
      async () => (await Array.fromAsync(ownership.list({ prefix: "" }, callContext())))[0],
      async () => (await Array.fromAsync(ownership.transitions(callContext())))[0],
    ];
    for (const read of readers) {
      const age = (await read())?.transitionAge;
      expect(age).toBeGreaterThanOrEqual(600_000);
      expect(age).toBeLessThan(660_000);
    }
    const row = expectationOf(await ownership.find("a", callContext()));
    await ownership.advance(row, { ...row, transitionId: "2" }, callContext());
    expect((await ownership.find("a", callContext()))?.transitionAge).toBeLessThan(60_000);
  });

  test("keeps the times of its secret while only the row is changed, and has a new one for a value", async () => {
    const database = await create();
    const { backend, ownership } = await openBackend(database.environment());
    await backend.write("a", plantedValue(), { expect: "absent" }, callContext());
    await database.query("UPDATE archestra_secrets SET created_at = 1000, updated_at = 2000");
    const own = { name: "a", manager: "DB", state: "active" } as const;
    await ownership.advance(own, { ...own, copy: { manager: OTHER } }, callContext());
    const secret = (await ownership.read("a", callContext()))?.secret;
    expect([secret?.createdAt, secret?.updatedAt]).toEqual([new Date(1000), new Date(2000)]);
    const value = plantedValue();
    await ownership.advance({ ...own, copy: { manager: OTHER } }, { ...own, value }, callContext());
    const moved = (await ownership.read("a", callContext()))?.secret;
    expect([moved?.value, moved?.createdAt]).toEqual([value, new Date(1000)]);
    expect(Number(moved?.updatedAt)).toBeGreaterThan(2000);
  });

  test.each([
    ["a transition that was never begun", "state = 'creating'"],
    ["a move that was never begun", "state = 'moving', transition_started_at = 0"],
    ["the version of a copy that does not exist", "copy_version = '1'"],
    ["the path of a copy that does not exist", "copy_path = 'p'"],
  ])("cannot be changed to %s: the database refuses it", async (_what, assignments) => {
    const database = await create();
    const { ownership } = await openBackend(database.environment());
    await ownership.claim("a", { manager: OTHER, state: "active" }, callContext());
    const edit = database.query(`UPDATE archestra_secrets SET ${assignments}`);
    await expect(edit).rejects.toThrow(/archestra_secrets_(transition_named|copy_of_a_manager)/);
    expect(await ownership.find("a", callContext())).toEqual({ name: "a", manager: OTHER, state: "active" });
  });

  test("refuses a value when neither its owner nor its copy is the database itself", async () => {
    const database = await create();
    const { ownership } = await openBackend(database.environment());
    await ownership.claim("a", { manager: OTHER, state: "active" }, callContext());
    const row = expectationOf(await ownership.find("a", callContext()));
    const call = ownership.advance(row, { ...row, value: plantedValue() }, callContext());
    await expect(call).rejects.toThrow(TypeError);
    expect(await database.query("SELECT value FROM archestra_secrets")).toEqual([{ value: null }]);
  });

  test("is not changed by a call whose signal is aborted", async () => {
    const database = await create();
    const { ownership } = await openBackend(database.environment());
    await ownership.claim("a", { manager: OTHER, state: "active" }, callContext());
    const row = expectationOf(await ownership.find("a", callContext()));
    const reason = new Error("given up");
    const context = { ...callContext(), signal: AbortSignal.abort(reason) };
    for (const call of [
      () => ownership.claim("b", row, context),
      () => ownership.advance(row, { ...row, state: "moving", transitionId: "1" }, context),
      () => ownership.advance(row, { manager: "DB", state: "active", value: plantedValue() }, context),
      () => ownership.remove(row, context),
    ]) {
      await expect(call()).rejects.toBe(reason);
    }
    expect(await Array.fromAsync(ownership.list({ prefix: "" }, callContext()))).toEqual([row]);
  });
});
