import { expect, test } from "vitest";
import { fileEnvironment } from "../support/open-manager.ts";
import { query } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { killWriters } from "./kill-writers.ts";

test("every acknowledged write survives kill -9 of the writer at 200 moments, and every row opens", async () => {
  const file = scratchFile();
  const { acknowledged } = await killWriters(fileEnvironment(file), 200);
  expect(query(file, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  console.log(`200 kills, ${acknowledged} acknowledged writes, all there`);
  expect(acknowledged).toBeGreaterThanOrEqual(100);
});
