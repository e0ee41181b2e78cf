import { finalizeMigration, migrateSecrets, type SecretsManager } from "@archestra/secrets-core";
import type { MovableSecrets } from "@archestra/test-harness/movable-secrets";
import type { DatabaseAndVault, ManagerId } from "./database-and-vault.ts";

/** The database and Vault for histories in which secrets move between them. */
export function movablePlaces(places: DatabaseAndVault): MovableSecrets<SecretsManager> {
  return {
    managers: ["DB", "VAULT"],
    idleMilliseconds: 150,
    open: (selected, intercept) => places.open(selected as ManagerId, { intercept }),
    migrate: migrateSecrets,
    finalize: finalizeMigration,
    age: async (transitionIds) => {
      for (const transitionId of transitionIds) {
        await places.database.query(
          "UPDATE archestra_secrets SET transition_started_at = transition_started_at - 600000 WHERE transition_id = $1",
          transitionId,
        );
      }
    },
    names: async () => [
      ...(await places.rows()).map(({ name }) => name),
      ...(await namesInVault(places, "")),
    ],
  };
}

/** Everything below a folder, also values that cannot be read. */
async function namesInVault(places: DatabaseAndVault, folder: string): Promise<string[]> {
  const { status, body } = await places.vault.request("LIST", `secret/metadata/${places.folder}/${folder}`);
  if (status === 404) return [];
  if (status !== 200) throw new Error(`Vault lists nothing: ${status}.`);
  const names: string[] = [];
  for (const key of (body.data?.keys ?? []) as string[]) {
    if (key.endsWith("/")) names.push(...(await namesInVault(places, folder + key)));
    else names.push(folder + key);
  }
  return names;
}
