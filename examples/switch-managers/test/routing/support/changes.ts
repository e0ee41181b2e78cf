import { finalizeMigration, migrateSecrets, type SecretsManager } from "@archestra/secrets-core";
import { type StepwiseChange, stepwiseChanges } from "@archestra/test-harness/stepwise-changes";
import type { ManagerId } from "./database-and-vault.ts";

/** A change of the secret `a`, between two steps of which a process may be killed. */
export type Change = StepwiseChange<SecretsManager, ManagerId>;

export const otherThan: Readonly<Record<ManagerId, ManagerId>> = { DB: "VAULT", VAULT: "DB" };

export const changes: readonly Change[] = stepwiseChanges<SecretsManager, ManagerId>({
  managers: ["DB", "VAULT"],
  migrate: migrateSecrets,
  finalize: finalizeMigration,
});
