import { expect, test } from "vitest";
import { describeEachDatabase } from "../support/each-database.ts";
import { startManager } from "../support/open-manager.ts";
import { startRotation } from "../support/open-rotation.ts";
import { plantedValue } from "../support/planted.ts";

describeEachDatabase("an older replica", (create) => {
  test("continues to work, restarts and sweeps after a newer one has added a column and a table", async () => {
    const database = await create();
    const running = await startManager(database.environment());
    const value = plantedValue();
    await running.create("a", value);
    await database.query("ALTER TABLE archestra_secrets ADD COLUMN colour text DEFAULT 'blue' NOT NULL");
    await database.query("CREATE TABLE archestra_secrets_colours (name text PRIMARY KEY)");
    await database.query(
      "INSERT INTO archestra_secrets_migrations (name, timestamp) VALUES ('0099-colours', '2020-01-01T00:00:00.000Z')",
    );
    await database.query("UPDATE archestra_secrets SET colour = 'red' WHERE name = 'a'");

    await running.set("b", plantedValue());
    await running.update("a", (current) => ({ ...current, changed: true }));
    expect((await running.get("a"))?.value).toEqual({ ...value, changed: true });
    await running.close();

    const restarted = await startManager(
      database.environment({ ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false" }),
    );
    expect((await Array.fromAsync(restarted.list())).map(({ name }) => name)).toEqual(["a", "b"]);
    const rotation = await startRotation(database.environment());
    expect(await rotation.verify()).toMatchObject({ verified: true, rows: 2 });
    // What the newer one keeps beside a secret stays as it is.
    expect(await database.query("SELECT name, colour FROM archestra_secrets ORDER BY name")).toEqual([
      { name: "a", colour: "red" },
      { name: "b", colour: "blue" },
    ]);
  });
});
