import { expect } from "vitest";
import type { Agent } from "../support/agents.ts";
import { plantedKey } from "../support/planted.ts";
import { postgresDatabase } from "../support/postgres-database.ts";

/** Starts processes with different keys at once, each round on an empty database: one wins, and registers its key. */
export async function raceWithDifferentKeys(agents: readonly Agent[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const { url, query } = await postgresDatabase();
    const outcomes = await Promise.all(
      agents.map((agent) =>
        agent.try("open", {
          ARCHESTRA_DATABASE_URL: url,
          ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey(),
        }),
      ),
    );
    expect(outcomes.map((outcome) => outcome.failure?.reason ?? "opened").sort()).toEqual([
      ...agents.slice(1).map(() => "KEY_MISMATCH"),
      "opened",
    ]);
    expect(await query("SELECT * FROM archestra_secrets_keys")).toHaveLength(1);
    await Promise.all(agents.map((agent) => agent.do("close")));
  }
}
