import { expect, test } from "vitest";
import { connectionIds, describeEachApplication, startApplication } from "../support/application.ts";
import { postgresKysely } from "../support/application-kysely.ts";
import { failureCode } from "../support/failure.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

describePostgres("transactions and the connections of the application's pool", () => {
  test("five transactions that hold all five connections each change a secret", async () => {
    const { url } = await postgresDatabase();
    const { kysely, secrets } = await startApplication(postgresKysely(url, 5));
    const ids = ["1", "2", "3", "4", "5"];
    let begun = 0;
    let haveAllBegun = () => {};
    const allBegun = new Promise<void>((resolve) => {
      haveAllBegun = resolve;
    });
    await Promise.all(
      ids.map((id) =>
        kysely.transaction().execute(async (transaction) => {
          await transaction.insertInto("connections").values({ id }).execute();
          if (++begun === ids.length) haveAllBegun();
          await allBegun;
          await secrets.inTransaction(transaction).set(`connections/${id}`, { id });
        }),
      ),
    );
    expect((await connectionIds(kysely)).toSorted()).toEqual(ids);
    const listed = await Array.fromAsync(secrets.list());
    expect(listed.map(({ name }) => name)).toEqual(ids.map((id) => `connections/${id}`));
  });

  test("a change beside the transaction does not wait for it, and is not rolled back with it", async () => {
    const { url } = await postgresDatabase();
    const { kysely, secrets } = await startApplication(postgresKysely(url, 2));
    const rolledBack = kysely.transaction().execute(async (transaction) => {
      await secrets.inTransaction(transaction).set("inside", { n: 1 });
      await secrets.set("outside", { n: 1 });
      expect(await secrets.has("inside")).toBe(false);
      throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    expect([await secrets.has("inside"), await secrets.has("outside")]).toEqual([false, true]);
  });
});

describeEachApplication("a call outside the transaction that holds the only connection", (create) => {
  test("ends with TIMEOUT at its deadline, and nothing happens afterwards", async () => {
    const { kysely, secrets } = await create({ timeout: 500 });
    await kysely.transaction().execute(async (transaction) => {
      await transaction.insertInto("connections").values({ id: "1" }).execute();
      expect(await failureCode(secrets.set("a", { n: 1 }))).toBe("TIMEOUT");
      await secrets.inTransaction(transaction).set("b", { n: 2 });
    });
    // The connection is free: whatever waited for it has run once another call has had it.
    expect(await secrets.has("b")).toBe(true);
    expect(await secrets.has("a")).toBe(false);
    expect(await connectionIds(kysely)).toEqual(["1"]);
  });
});
