import { checkMovingHistories, commonMovingAnswers } from "@archestra/test-harness/moving-histories";
import { everyAnswer } from "@archestra/test-harness/random-history";
import { expect, test } from "vitest";
import { sqliteDatabase } from "../support/each-database.ts";
import { fileEnvironment } from "../support/open-manager.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { checkDatabaseHistories } from "./database-histories.ts";
import { movableDatabase } from "./movable-database.ts";

test("200 random histories of two managers on one SQLite file are linearizable, name by name", async () => {
  const answers = await checkDatabaseHistories(fileEnvironment(scratchFile()), { managers: 2, runs: 200 });
  expect(answers).toEqual(everyAnswer);
});

test("300 random histories on SQLite in which secrets move and processes die are linearizable, name by name", async () => {
  const secrets = movableDatabase(sqliteDatabase());
  const answers = await checkMovingHistories({ runs: 300, secrets });
  expect(answers).toEqual(expect.arrayContaining(commonMovingAnswers(secrets.managers)));
  expect(await secrets.names()).toEqual([]);
});
