import { checkMovingHistories, commonMovingAnswers } from "@archestra/test-harness/moving-histories";
import { everyAnswer } from "@archestra/test-harness/random-history";
import { expect, test } from "vitest";
import { createPostgresDatabase } from "../support/each-database.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { checkDatabaseHistories } from "./database-histories.ts";
import { movableDatabase } from "./movable-database.ts";

describePostgres("random histories on PostgreSQL", () => {
  test("300 of three managers are linearizable, name by name", async () => {
    const { url } = await postgresDatabase();
    const answers = await checkDatabaseHistories({ ARCHESTRA_DATABASE_URL: url }, { managers: 3, runs: 300 });
    expect(answers).toEqual(everyAnswer);
  });

  test("300 in which secrets move and processes die are linearizable, name by name", async () => {
    const secrets = movableDatabase(await createPostgresDatabase(), { idleMilliseconds: 150 });
    const answers = await checkMovingHistories({ runs: 300, secrets });
    expect(answers).toEqual(expect.arrayContaining(commonMovingAnswers(secrets.managers)));
    expect(await secrets.names()).toEqual([]);
  });
});
