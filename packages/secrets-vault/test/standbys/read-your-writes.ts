import type { SecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import type { VaultServer } from "@archestra/test-servers/vault-server";

/** How often a call did not see what the same manager had written right before. */
export interface FalseAnswers {
  staleGetAfterSet: number;
  absentGetAfterCreate: number;
  missingFromListAfterCreate: number;
  deleteThatAnsweredFalse: number;
  deleteThatDeletedNothing: number;
  /** KV 2 only. */
  conflictUnderOwnVersion: number;
}

export const noFalseAnswers: FalseAnswers = {
  staleGetAfterSet: 0,
  absentGetAfterCreate: 0,
  missingFromListAfterCreate: 0,
  deleteThatAnsweredFalse: 0,
  deleteThatDeletedNothing: 0,
  conflictUnderOwnVersion: 0,
};

/**
 * Lets a manager read what it has just written, and counts what was false.
 *
 * @param leader where the secrets are read directly, past the manager and the standby
 */
export async function readOwnWrites(
  manager: SecretsManager,
  leader: VaultServer,
  kv: 1 | 2,
  times: number,
): Promise<FalseAnswers> {
  const counts = { ...noFalseAnswers };
  const text = plantedText();
  for (let n = 0; n < times; n++) {
    const value = { n: `${text}-${n}` };
    await manager.set("set", value);
    if ((await manager.get("set"))?.value.n !== value.n) counts.staleGetAfterSet++;

    await manager.create(`got/${n}`, value);
    if ((await manager.get(`got/${n}`)) === undefined) counts.absentGetAfterCreate++;

    await manager.create(`listed/${n}/a`, value);
    const listed = await Array.fromAsync(manager.list({ prefix: `listed/${n}/` }), ({ name }) => name);
    if (!listed.includes(`listed/${n}/a`)) counts.missingFromListAfterCreate++;

    await manager.create(`deleted/${n}`, value);
    if (!(await manager.delete(`deleted/${n}`))) counts.deleteThatAnsweredFalse++;
    const path = kv === 1 ? `kv1/archestra/deleted/${n}` : `kv2/data/archestra/deleted/${n}`;
    if ((await leader.request("GET", path)).status !== 404) counts.deleteThatDeletedNothing++;

    if (kv === 1) continue;
    const created = await manager.create(`updated/${n}`, value);
    const ifVersion = String(created.version);
    await manager.update(`updated/${n}`, { n: "again" }, { ifVersion }).catch((error: { code?: string }) => {
      if (error.code !== "CONFLICT" && error.code !== "NOT_FOUND") throw error;
      counts.conflictUnderOwnVersion++;
    });
  }
  return counts;
}
