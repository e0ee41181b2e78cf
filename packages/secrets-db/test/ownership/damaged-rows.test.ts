import { expect, test } from "vitest";
import { describeEachDatabase } from "../support/each-database.ts";
import { failure, failureCode } from "../support/failure.ts";
import { callContext, moveAway, OTHER, openBackend } from "../support/open-backend.ts";
import { plantedValue } from "../support/planted.ts";

describeEachDatabase("the row of a secret that cannot be opened", (create) => {
  test.each([
    ["whose value is damaged", "SET value = 'damaged'", "DECRYPTION_FAILED UNSUPPORTED_ENVELOPE"],
    [
      "whose value is not sealed",
      `SET value = '{"a":1}', key_id = NULL`,
      "DECRYPTION_FAILED PLAINTEXT_REJECTED",
    ],
    ["under an unknown key", "SET key_id = 'unknown'", "DECRYPTION_FAILED TAMPERED"],
    ["without a value", "SET value = NULL, key_id = NULL", "INVALID_VALUE VALUE_MISSING"],
  ])("%s is found, and read refuses what get refuses", async (_what, damage, code) => {
    const database = await create();
    const { backend, ownership } = await openBackend(database.environment());
    for (const name of ["a", "b"]) {
      await backend.write(name, plantedValue(), { expect: "absent" }, callContext());
    }
    await database.query(`UPDATE archestra_secrets ${damage} WHERE name = 'a'`);
    expect(await ownership.find("a", callContext())).toEqual({ name: "a", manager: "DB", state: "active" });
    expect(await failureCode(backend.get("a", callContext()))).toBe(code);
    expect(await failureCode(ownership.read("a", callContext()))).toBe(code);
    const results = await ownership.readMany(["a", "b", "none"], callContext());
    expect([...results].map(([name, { status }]) => [name, status])).toEqual([
      ["a", "failed"],
      ["b", "found"],
      ["none", "absent"],
    ]);
    const listed = await Array.fromAsync(ownership.list({ prefix: "" }, callContext()), ({ name }) => name);
    expect(listed).toEqual(["a", "b"]);
  });
});

describeEachDatabase("a row that was edited by hand", (create) => {
  test("and that holds a value although another manager owns it and the row records no copy is refused", async () => {
    const database = await create();
    const { backend, ownership } = await openBackend(database.environment());
    for (const name of ["a", "b"]) {
      await backend.write(name, plantedValue(), { expect: "absent" }, callContext());
    }
    for (const edit of ["manager = 'OTHER'", "copy_manager = 'THIRD'"]) {
      await database.query(`UPDATE archestra_secrets SET ${edit} WHERE name = 'a'`);
      for (const method of ["find", "read"] as const) {
        const error = await failure(ownership[method]("a", callContext()));
        expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "OWNER_MISMATCH"]);
        expect(error.message).toMatch(/names OTHER as the owner and holds a value of DB/);
      }
      const results = await ownership.readMany(["a", "b"], callContext());
      expect(results.get("a")).toMatchObject({ status: "failed", error: { reason: "OWNER_MISMATCH" } });
      expect(results.get("b")).toMatchObject({ status: "found" });
    }
    // Each of the two ways out that the message names.
    await database.query("UPDATE archestra_secrets SET manager = 'DB' WHERE name = 'a'");
    expect((await ownership.read("a", callContext()))?.secret).toBeDefined();
    await database.query("UPDATE archestra_secrets SET manager = 'OTHER', value = NULL, key_id = NULL");
    expect((await ownership.read("a", callContext()))?.secret).toBeUndefined();
  });

  test("and that holds such a value is neither changed nor removed, which would erase it", async () => {
    const database = await create();
    const { backend, ownership } = await openBackend(database.environment());
    await backend.write("a", plantedValue(), { expect: "absent" }, callContext());
    await database.query("UPDATE archestra_secrets SET manager = 'OTHER' WHERE name = 'a'");
    // As a list tells it, which gives rows whatever state they are in.
    const row = { name: "a", manager: OTHER, state: "active" } as const;
    const held = { ...row, state: "moving", transitionId: "held", copy: { manager: "DB" } } as const;
    expect(await ownership.advance(row, held, callContext())).toBe(false);
    expect(await ownership.remove(row, callContext())).toBe(false);
    await database.query("UPDATE archestra_secrets SET manager = 'DB' WHERE name = 'a'");
    expect((await ownership.read("a", callContext()))?.secret).toBeDefined();
  });

  test("is not confused with a row of another manager whose copy is in the database", async () => {
    const database = await create();
    const { backend, ownership } = await openBackend(database.environment());
    await backend.write("a", plantedValue(), { expect: "absent" }, callContext());
    await moveAway(ownership, "a");
    const row = { name: "a", manager: OTHER, state: "active", copy: { manager: "DB" } };
    expect(await ownership.find("a", callContext())).toEqual(row);
    expect(await ownership.read("a", callContext())).toEqual(row);
  });
});
