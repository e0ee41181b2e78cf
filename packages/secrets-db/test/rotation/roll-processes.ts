import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "@archestra/secrets-core";
import { expect } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { type Agent, startAgents } from "../support/agents.ts";
import type { TestDatabase } from "../support/each-database.ts";
import { type LoadReport, sumOfIncrements } from "../support/load.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey } from "../support/planted.ts";

const names = Array.from({ length: 300 }, (_, index) => `counter/${index}`);

/** What a rolling deploy did. */
export interface RollReport {
  readonly increments: number;
  readonly reads: number;
  /** Processes that were replaced. */
  readonly restarts: number;
}

/**
 * Changes the key of some processes under load, one process after another, and back: the new key joins the ring, is
 * promoted, and each step is taken back. Each process is replaced by one of the next step, and every mix of two adjacent
 * steps stays for a while.
 *
 * @param options.milliseconds how long each mix stays
 */
export async function rollProcesses(
  database: TestDatabase,
  { processes, milliseconds }: { readonly processes: number; readonly milliseconds: number },
): Promise<RollReport> {
  const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
  const [oldKey, newKey] = [deriveEncryptionKey(oldSecret).id, deriveEncryptionKey(newSecret).id];
  const step = rollouts(oldSecret, newSecret);
  const first = await startManager(database.environment(step.old));
  await Promise.all(names.map((name) => first.create(name, { count: 0 })));
  await first.close();

  const agents = await startAgents(processes);
  const reports: LoadReport[] = [];
  let restarts = 0;
  const start = async (agent: Agent, env: Environment) => {
    await agent.do("open", database.environment(env), 0);
    await agent.do("beginLoad", names);
  };
  const replace = async (agent: Agent, env: Environment) => {
    reports.push(await agent.do("endLoad"));
    await agent.do("close");
    await start(agent, env);
    restarts++;
  };
  const roll = async (env: Environment) => {
    for (const agent of agents) {
      await replace(agent, env);
      await sleep(milliseconds);
    }
  };

  await Promise.all(agents.map((agent) => start(agent, step.old)));
  await sleep(milliseconds);
  await roll(step.prepared);
  await roll(step.promoted);
  await expectEverythingUnder(database, step.promoted, newKey);
  await roll(step.prepared);
  // Nothing moves by itself to a key that was not registered last; before the new key leaves the rings, it must be unused.
  await expectEverythingUnder(database, step.prepared, oldKey);
  await roll(step.old);
  await roll(step.prepared);
  for (const agent of agents) reports.push(await agent.do("endLoad"));

  for (const { failures } of reports) expect(failures).toEqual([]);
  const last = await startManager(database.environment(step.prepared));
  const results = await last.getMany(names);
  for (const name of names) {
    const result = results.get(name);
    const count = result?.status === "found" ? result.secret.value.count : result;
    expect(count).toBe(sumOfIncrements(reports, name));
  }
  const used = await database.query<{ key_id: string }>("SELECT DISTINCT key_id FROM archestra_secrets");
  for (const { key_id } of used) expect([oldKey, newKey]).toContain(key_id);
  return {
    increments: names.reduce((sum, name) => sum + sumOfIncrements(reports, name), 0),
    reads: reports.reduce((sum, { reads }) => sum + reads, 0),
    restarts,
  };
}

/** The explicit sweep of an operator, under load. */
async function expectEverythingUnder(database: TestDatabase, env: Environment, keyId: string): Promise<void> {
  const rotation = await startRotation(database.environment(env));
  expect(await rotation.sweep()).toMatchObject({ keyId, failed: 0, unknown: 0, done: true });
  expect((await rotation.verify()).states).toMatchObject({ readable: names.length });
  await rotation.close();
}
