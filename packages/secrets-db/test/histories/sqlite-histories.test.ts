import { expect, test } from "vitest";
import { everyAnswer } from "../../../../tools/testing/random-history.ts";
import { fileEnvironment } from "../support/open-manager.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { checkDatabaseHistories } from "./database-histories.ts";

test("200 random histories of two managers on one SQLite file are linearizable, name by name", async () => {
  const answers = await checkDatabaseHistories(fileEnvironment(scratchFile()), { managers: 2, runs: 200 });
  expect(answers).toEqual(everyAnswer);
});
