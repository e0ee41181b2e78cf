import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { alternatePairs } from "./alternate-pairs.ts";
import { compare, comparisonLine } from "./comparison.ts";
import { writeResult } from "./results.ts";
import { openVaultManager, startBenchmarkVault, vaultValue } from "./vault-fixture.ts";

const PAIRS = 15;

const server = await startBenchmarkVault();
const manager = await openVaultManager(server.address);
const name = "team-a/github_token";
await manager.create(name, vaultValue);
await manager.close();

await compareReads("vault-read-cpu-against-undici", "bare undici", "bare-undici.mjs");
await compareReads("vault-read-cpu-against-node-vault", "stock node-vault", "stock-node-vault.mjs");
await server.stop();

/** Compares the processor time of the client alone, in processes that do nothing but read, 32 in flight. */
async function compareReads(result: string, baseline: string, script: string): Promise<void> {
  const pairs = await alternatePairs(
    PAIRS,
    () => timePerRead(script),
    () => timePerRead("manager-get.mjs"),
  );
  const processorTime = compare(pairs, "µs");
  writeResult(result, { baseline, subject: "manager.get", processorTimePerRead: processorTime });
  const line = comparisonLine("processor time per read", "manager.get", baseline, processorTime);
  console.log(`${result}: ${line}`);
}

function timePerRead(script: string): number {
  const file = join(import.meta.dirname, "vault-read", script);
  const child = spawnSync(process.execPath, [file, server.address, name], {
    encoding: "utf8",
  });
  if (child.error) throw child.error;
  if (child.status !== 0) throw new Error(`${script} failed:\n${child.stderr}`);
  return (JSON.parse(child.stdout) as { readonly microsecondsPerRead: number }).microsecondsPerRead;
}
