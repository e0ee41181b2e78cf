import { checkMovingHistories } from "@archestra/test-harness/moving-histories";
import { startVault } from "@archestra/test-servers/vault-server";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { DatabaseAndVault } from "./database-and-vault.ts";
import { movablePlaces } from "./movable-places.ts";
import { createDatabase, describePostgres } from "./test-database.ts";

/**
 * Random histories on a real PostgreSQL and a real Vault, in which secrets move and processes die.
 *
 * @param expected what must have come up, of what so many histories are sure to show
 */
export function describeMovingHistories(runs: number, expected: readonly string[]): void {
  describeVault("random histories in which secrets move", () => {
    describePostgres("between PostgreSQL and Vault", () => {
      test(`are linearizable, name by name: ${runs} of them`, async () => {
        const vault = await startVault();
        await vault.mountKv("secret", 2);
        const places = new DatabaseAndVault(await createDatabase("PostgreSQL"), vault);
        try {
          const outcomes = await checkMovingHistories({ runs, secrets: movablePlaces(places) });
          expect(outcomes).toEqual(expect.arrayContaining([...expected]));
          expect(await places.rows()).toEqual([]);
        } finally {
          await places.database.remove();
          await vault.stop();
        }
      });
    });
  });
}
