import { expect, test } from "vitest";
import { everyAnswer } from "../../../../tools/testing/random-history.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { checkDatabaseHistories } from "./database-histories.ts";

describePostgres("random histories on PostgreSQL", () => {
  test("60 of three managers are linearizable, name by name", async () => {
    const { url } = await postgresDatabase();
    const answers = await checkDatabaseHistories({ ARCHESTRA_DATABASE_URL: url }, { managers: 3, runs: 60 });
    expect(answers).toEqual(everyAnswer);
  });
});
