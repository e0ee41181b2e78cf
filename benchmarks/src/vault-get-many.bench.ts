import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { pairedBenchmark } from "./paired-benchmark.ts";
import { openVaultManager, startBenchmarkVault, vaultValue } from "./vault-fixture.ts";

/** A network between the two, 5 ms there and back. */
const LATENCY_EACH_WAY = 2.5;

const server = await startBenchmarkVault();
const proxy = await startCuttingProxy(server.port);
const manager = await openVaultManager(`http://127.0.0.1:${proxy.port}`);
const names = Array.from({ length: 1000 }, (_, index) => `team-${index % 10}/credential_${index}`);
for (let first = 0; first < names.length; first += 50) {
  await Promise.all(names.slice(first, first + 50).map((name) => manager.create(name, vaultValue)));
}
proxy.latency = LATENCY_EACH_WAY;

await pairedBenchmark({
  name: "vault-get-many-1000",
  pairs: 15,
  baseline: {
    name: "a thousand awaited gets",
    async run() {
      let last: unknown;
      for (const name of names) last = (await manager.get(name))?.value;
      return last;
    },
  },
  subject: {
    name: "getMany of a thousand",
    async run() {
      const answers = await manager.getMany(names);
      const found = [...answers.values()].filter(({ status }) => status === "found");
      if (found.length !== names.length) throw new Error(`${found.length} of ${names.length} were found.`);
      return found;
    },
  },
});

await manager.close();
await proxy.stop();
await server.stop();
