import { createSecretsManager } from "../../packages/secrets-core/src/index.ts";
import {
  internalsOf,
  type OpenedSecretsManager,
} from "../../packages/secrets-core/src/manager/opened-secrets-manager.ts";
import { memoryPlugin } from "../../packages/secrets-core/src/memory.ts";
import { pairedBenchmark } from "./paired-benchmark.ts";

/** A manager whose reads come from its cache, which is the shortest call there is. */
async function openCached() {
  const options = { plugins: [memoryPlugin()], manager: "MEMORY", env: {}, cache: { maxAge: 3_600_000 } };
  const manager = await createSecretsManager(options);
  await manager.create("github_token", { token: "not a real token" });
  return manager;
}

/** Nanoseconds of this process alone: what else the machine does takes longer than the difference. */
function processorTime(): bigint {
  const { user, system } = process.cpuUsage();
  return BigInt(user + system) * 1_000n;
}

// The same class from the sources, since the built one does not give its runner away.
const bare = await openCached();
const { runner } = internalsOf(bare as OpenedSecretsManager);
runner.run = (description, body) => runner.step(description, runner.begin(description), body);
const manager = await openCached();

await pairedBenchmark({
  name: "tracing-off",
  baseline: { name: "manager.get from the cache without channels", run: () => bare.get("github_token") },
  subject: {
    name: "manager.get from the cache without a subscriber",
    run: () => manager.get("github_token"),
  },
  pairs: 61,
  clock: processorTime,
});

await Promise.all([bare.close(), manager.close()]);
