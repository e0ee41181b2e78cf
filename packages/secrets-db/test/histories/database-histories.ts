import type { Environment, SecretsManager } from "@archestra/secrets-core";
import { checkRandomHistories } from "@archestra/test-harness/random-history";
import { startManager } from "../support/open-manager.ts";
import { plantedKey } from "../support/planted.ts";

/**
 * Checks random histories of several managers on one database. In every third, the managers are in the middle of a
 * deployment that changes the key: the first writes with the old key, the others with the new one, and each reads with both.
 *
 * @param database the variables that name the database
 * @returns which answers each call had
 */
export async function checkDatabaseHistories(
  database: Environment,
  { managers, runs }: { readonly managers: number; readonly runs: number },
): Promise<string[]> {
  const oldKey = plantedKey();
  const newKey = plantedKey();
  const start = (current: string, previous?: string) =>
    startManager({
      ...database,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: current,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: previous,
    });
  const steady: [SecretsManager, ...SecretsManager[]] = [await start(oldKey)];
  const deploying: [SecretsManager, ...SecretsManager[]] = [await start(oldKey, newKey)];
  while (steady.length < managers) {
    steady.push(await start(oldKey));
    deploying.push(await start(newKey, oldKey));
  }
  return checkRandomHistories({ runs, managersOf: (seed) => (seed % 3 === 0 ? deploying : steady) });
}
