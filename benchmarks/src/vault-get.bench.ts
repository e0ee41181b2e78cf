import createNodeVault from "node-vault";
import { Pool } from "undici";
import { alternatePairs } from "./alternate-pairs.ts";
import { compare, comparisonLine } from "./comparison.ts";
import { median } from "./median.ts";
import { pairedBenchmark, type Side } from "./paired-benchmark.ts";
import { writeResult } from "./results.ts";
import { openVaultManager, startBenchmarkVault, vaultValue } from "./vault-fixture.ts";

const IN_FLIGHT = 32;
const SEQUENTIAL_CALLS = 300;

const server = await startBenchmarkVault();
const manager = await openVaultManager(server.address);
const name = "team-a/github_token";
await manager.create(name, vaultValue);

const pool = new Pool(server.address, { connections: 64, pipelining: 1 });
const headers = { "X-Vault-Token": "root", "X-Vault-Request": "true" };
const path = `/v1/secret/data/archestra/${name}`;

/** What a client cannot do without: the request, the status, the body as JSON. */
const undici: Side = {
  name: "bare undici",
  async run() {
    const { statusCode, body } = await pool.request({ method: "GET", path, headers });
    if (statusCode !== 200) throw new Error(`Vault answered ${statusCode}.`);
    return ((await body.json()) as { data: { data: unknown } }).data.data;
  },
};
const stock = createNodeVault({ endpoint: server.address, token: "root" });
const nodeVault: Side = {
  name: "stock node-vault",
  run: async () => (await stock.read(`secret/data/archestra/${name}`)).data.data,
};
const managerGet: Side = { name: "manager.get", run: async () => (await manager.get(name))?.value };

await pairedBenchmark({
  name: "vault-get-32-against-node-vault",
  baseline: inFlight(nodeVault),
  subject: inFlight(managerGet),
});
await pairedBenchmark({
  name: "vault-get-32-against-undici",
  baseline: inFlight(undici),
  subject: inFlight(managerGet),
});
await sequentialMedian("vault-get-sequential", undici, managerGet);

await manager.close();
await pool.close();
await server.stop();

function inFlight({ name: side, run }: Side): Side {
  return {
    name: `${side}, ${IN_FLIGHT} in flight`,
    run: () => Promise.all(Array.from({ length: IN_FLIGHT }, run)),
  };
}

/** One call after another, of which each side's median counts. */
async function sequentialMedian(result: string, baseline: Side, subject: Side): Promise<void> {
  await medianTime(baseline);
  await medianTime(subject);
  const pairs = await alternatePairs(
    31,
    () => medianTime(baseline),
    () => medianTime(subject),
  );
  const comparison = compare(pairs, "ns");
  writeResult(result, { baseline: baseline.name, subject: subject.name, medianTimePerCall: comparison });
  console.log(
    `${result}: ${comparisonLine("median time per call", subject.name, baseline.name, comparison)}`,
  );
}

async function medianTime({ run }: Side): Promise<number> {
  globalThis.gc?.();
  const times: number[] = [];
  for (let call = 0; call < SEQUENTIAL_CALLS; call++) {
    const start = process.hrtime.bigint();
    await run();
    times.push(Number(process.hrtime.bigint() - start));
  }
  return median(times);
}
