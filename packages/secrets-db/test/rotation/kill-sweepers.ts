import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Environment } from "@archestra/secrets-core";
import { expect } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { compileCache } from "../support/compile-cache.ts";
import type { TestDatabase } from "../support/each-database.ts";
import { importCounters } from "../support/imported-rows.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey } from "../support/planted.ts";

const program = fileURLToPath(new URL("./sweeper.ts", import.meta.url));

/**
 * Kills a sweeping process so many times, each time after another while, and lets the last one end. Then every secret must
 * be whole and under the new key.
 *
 * @returns how many of the killed ones had moved something
 */
export async function killSweepers(
  database: TestDatabase,
  times: number,
  secrets: number,
): Promise<{ movedBeforeDeath: number }> {
  const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
  const step = rollouts(oldSecret, newSecret);
  await (await startManager(database.environment(step.old))).close();
  await importCounters(database, secrets);
  await (await startManager(database.environment(step.old))).close();
  const rotation = await startRotation(database.environment(step.promoted));
  const rowsOfOldKey = async () => (await rotation.status()).keys[0]?.rows ?? 0;

  let movedBeforeDeath = 0;
  let left = secrets;
  for (let kill = 0; kill < times; kill++) {
    const { env, gone } = database.mortalEnvironment(step.promoted);
    const child = startSweeper(env);
    const exit = once(child, "exit");
    // Half of them die somewhere on the way to the first rows, the others after some were moved.
    const line = kill % 2 === 0 ? "begun" : "moved";
    for await (const printed of createInterface(child.stdout)) if (printed === line) break;
    await sleep(Math.random() * 20);
    child.kill("SIGKILL");
    expect(await exit).toEqual([null, "SIGKILL"]);
    await gone();
    const now = await rowsOfOldKey();
    expect(now).toBeLessThanOrEqual(left);
    if (now < left) movedBeforeDeath++;
    left = now;
    if (left === 0) break;
  }
  const report = await rotation.sweep();
  expect(report).toMatchObject({ reencrypted: left, failed: 0, unknown: 0, done: true });
  const verified = await rotation.verify();
  expect(verified).toMatchObject({ verified: true, rows: secrets });
  expect((await rotation.status()).keys.map(({ keyId, rows }) => [keyId, rows])).toEqual([
    [deriveEncryptionKey(oldSecret).id, 0],
    [deriveEncryptionKey(newSecret).id, secrets],
  ]);
  const manager = await startManager(database.environment(step.promoted));
  for (const n of [1, 2, Math.ceil(secrets / 2), secrets]) {
    expect((await manager.get(`counter/${n}`))?.value).toEqual({ n });
  }
  return { movedBeforeDeath };
}

function startSweeper(env: Environment) {
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], {
    env: { ...process.env, ...compileCache, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
}
