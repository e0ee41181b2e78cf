import { expect, test } from "vitest";
import { fileEnvironment } from "../support/open-manager.ts";
import { query } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { killWriters } from "./kill-writers.ts";

test("every acknowledged write survives kill -9 of the writer at 25 moments, and every row opens", async () => {
  const file = scratchFile();
  const { acknowledged } = await killWriters(fileEnvironment(file), 25);
  expect(query(file, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(acknowledged).toBeGreaterThanOrEqual(13);
});
