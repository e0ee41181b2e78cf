import {
  createSecretsManager,
  finalizeMigration,
  migrateSecrets,
  type SecretsManager,
} from "@archestra/secrets-core";
import { MemoryStore } from "@archestra/secrets-core/memory";
import { interceptedPlugin } from "@archestra/test-harness/intercepted-plugin";
import type { MovableSecrets } from "@archestra/test-harness/movable-secrets";
import { dbPlugin } from "../../src/index.ts";
import type { TestDatabase } from "../support/each-database.ts";
import { externalPlugin } from "../support/external-plugin.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

/**
 * A database, which keeps the ownership table, and a manager in memory, for histories in which secrets move between them.
 *
 * @param options.idleMilliseconds how long a move has nothing to do but to wait. Absent: the database answers at once
 */
export function movableDatabase(
  database: TestDatabase,
  options: Pick<MovableSecrets<SecretsManager>, "idleMilliseconds"> = {},
): MovableSecrets<SecretsManager> {
  const other = new MemoryStore();
  return {
    ...options,
    managers: ["DB", "OTHER"],
    open: (manager, intercept) =>
      createSecretsManager({
        plugins: [dbPlugin(), externalPlugin(other)].map((plugin) => interceptedPlugin(plugin, intercept)),
        manager,
        env: database.environment(),
        logger: recordedLogger(),
      }),
    migrate: migrateSecrets,
    finalize: finalizeMigration,
    age: async (transitionIds) => {
      for (const id of transitionIds) {
        await database.query(
          "UPDATE archestra_secrets SET transition_started_at = transition_started_at - 600000 WHERE transition_id = $1",
          id,
        );
      }
    },
    names: async () => {
      const rows = await database.query<{ name: string }>("SELECT name FROM archestra_secrets");
      return [...rows, ...other.rows].map(({ name }) => name);
    },
  };
}
