import type { MovableSecrets } from "@archestra/test-harness/movable-secrets";
import { finalizeMigration, migrateSecrets, type SecretsManager } from "../../src/index.ts";
import type { ManagerId, TwoStores } from "./two-stores.ts";

/** The two stores for histories in which secrets move between them. */
export function movableStores(stores: TwoStores): MovableSecrets<SecretsManager> {
  return {
    managers: ["MEMORY", "OUTER"],
    open: (selected, intercept) => stores.open(selected as ManagerId, { intercept }),
    migrate: migrateSecrets,
    finalize: finalizeMigration,
    age: (transitionIds) => stores.age(transitionIds),
    names: () => Object.values(stores.contents).flat(),
  };
}
