/*
 * One of several processes of an application that start at the same time: opens many managers at once, reads with each
 * until it succeeds, and prints how long the slowest took, in milliseconds.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { k8sAuth } from "../../src/index.ts";

const MANAGERS = 50;
const startedAt = performance.now();
const failures: Record<string, number> = {};

async function startAndRead(): Promise<() => Promise<void>> {
  const plugins = [vaultPlugin(), k8sAuth()];
  const manager = await createSecretsManager({ plugins, logger: { warn() {} } });
  for (;;) {
    try {
      await manager.get("github_token");
      return () => manager.close();
    } catch (error) {
      const { code = "unknown" } = error as { code?: string };
      failures[code] = (failures[code] ?? 0) + 1;
      await sleep(50);
    }
  }
}

const closers = await Promise.all(Array.from({ length: MANAGERS }, startAndRead));
const slowest = Math.round(performance.now() - startedAt);
console.log(JSON.stringify({ slowest, failures }));
await Promise.all(closers.map((close) => close()));
