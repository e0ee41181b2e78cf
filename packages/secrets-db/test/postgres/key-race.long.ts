import { test } from "vitest";
import { startAgents } from "../support/agents.ts";
import { describePostgres } from "../support/postgres-database.ts";
import { raceWithDifferentKeys } from "./key-race.ts";

describePostgres("processes that start first with different keys", () => {
  test("one of four registers its key in each of 100 rounds, and the others receive KEY_MISMATCH", async () => {
    await raceWithDifferentKeys(await startAgents(4), 100);
  });
});
