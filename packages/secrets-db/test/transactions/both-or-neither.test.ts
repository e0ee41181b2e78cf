import { expect, test } from "vitest";
import { connectionIds, describeEachApplication } from "../support/application.ts";
import { failureCode } from "../support/failure.ts";
import { changes, name, prepare } from "./calls.ts";

describeEachApplication("a call in the application's transaction", (create) => {
  test.each(changes)("$call is committed with the application's row", async (change) => {
    const { kysely, secrets } = await create();
    const version = await prepare(secrets, change);
    await kysely.transaction().execute(async (transaction) => {
      await transaction.insertInto("connections").values({ id: "1" }).execute();
      await change.run(secrets.inTransaction(transaction), version);
    });
    expect((await secrets.get(name))?.value).toEqual(change.after);
    expect(await connectionIds(kysely)).toEqual(["1"]);
  });

  test.each(changes)("$call is rolled back with the application's row", async (change) => {
    const { kysely, secrets } = await create();
    const version = await prepare(secrets, change);
    const rolledBack = kysely.transaction().execute(async (transaction) => {
      await transaction.insertInto("connections").values({ id: "1" }).execute();
      await change.run(secrets.inTransaction(transaction), version);
      throw new Error("The application changed its mind.");
    });
    await expect(rolledBack).rejects.toThrow("The application changed its mind.");
    const secret = await secrets.get(name);
    expect(secret?.value).toEqual(change.before);
    expect(secret?.version).toBe(version);
    expect(await connectionIds(kysely)).toEqual([]);
  });

  test("reads in the transaction see its changes", async () => {
    const { kysely, secrets } = await create();
    await secrets.create("a", { n: 1 });
    await secrets.create("gone", { n: 1 });
    await kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      await inside.set("a", { n: 2 });
      await inside.create("b", { n: 3 });
      await inside.delete("gone");
      expect((await inside.get("a"))?.value).toEqual({ n: 2 });
      expect(await inside.get("gone")).toBeUndefined();
      expect([await inside.has("b"), await inside.has("gone")]).toEqual([true, false]);
      const many = await inside.getMany(["b", "gone", "a"]);
      expect([...many].map(([read, { status }]) => [read, status])).toEqual([
        ["b", "found"],
        ["gone", "absent"],
        ["a", "found"],
      ]);
      const names = (await Array.fromAsync(inside.list())).map((secret) => secret.name);
      expect(names).toEqual(["a", "b"]);
      expect(await Array.fromAsync(inside.list({ prefix: "b", limit: 1 }))).toMatchObject([{ name: "b" }]);
    });
  });

  test("an expected failure leaves the transaction usable", async () => {
    const { kysely, secrets } = await create();
    const { version: old } = await secrets.create("a", { n: 1 });
    await secrets.set("a", { n: 2 });
    const ifVersion = String(old);
    await kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      await transaction.insertInto("connections").values({ id: "1" }).execute();
      expect(await failureCode(inside.create("a", { n: 3 }))).toBe("ALREADY_EXISTS");
      expect(await failureCode(inside.update("none", { n: 3 }))).toBe("NOT_FOUND");
      expect(await failureCode(inside.update("none", () => ({ n: 3 })))).toBe("NOT_FOUND");
      expect(await failureCode(inside.update("a", { n: 3 }, { ifVersion }))).toBe("CONFLICT");
      expect(await failureCode(inside.update("a", () => ({ n: 3 }), { ifVersion }))).toBe("CONFLICT");
      expect(await failureCode(inside.update("a", { n: 3 }, { ifVersion: "OTHER:1" }))).toBe("CONFLICT");
      expect(await failureCode(inside.delete("a", { ifVersion }))).toBe("CONFLICT");
      expect(await inside.delete("none")).toBe(false);
      await inside.set("b", { n: 4 });
    });
    expect(await connectionIds(kysely)).toEqual(["1"]);
    expect((await secrets.get("a"))?.value).toEqual({ n: 2 });
    expect((await secrets.get("b"))?.value).toEqual({ n: 4 });
  });

  test("calls of one transaction may run at the same time", async () => {
    const { kysely, secrets } = await create();
    await secrets.create("counter", { n: 0 });
    await kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      const same = secrets.inTransaction(transaction);
      const updates = Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? inside : same).update("counter", ({ n }) => ({ n: Number(n) + 1 })),
      );
      const sets = Array.from({ length: 10 }, (_, index) => inside.set(`many/${index}`, { index }));
      await Promise.all([...updates, ...sets]);
    });
    expect((await secrets.get("counter"))?.value).toEqual({ n: 10 });
    expect((await Array.fromAsync(secrets.list({ prefix: "many/" }))).length).toBe(10);
  });
});
