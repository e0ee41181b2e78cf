import { bareDecrypt, bareSelect, openBare } from "./bare-database.ts";
import { createDatabase, openManager } from "./database-fixture.ts";
import { pairedBenchmark } from "./paired-benchmark.ts";

const { path, names, remove } = await createDatabase(1000);
const bare = openBare(path);
const manager = await openManager(path);
const name = names[500] as string;

await pairedBenchmark({
  name: "database-get",
  baseline: {
    name: "Kysely select, derivation and decrypt",
    run: async () => bareDecrypt(await bareSelect(bare).where("name", "=", name).executeTakeFirstOrThrow()),
  },
  subject: { name: "manager.get", run: async () => (await manager.get(name))?.value },
});

await pairedBenchmark({
  name: "database-get-many-1000",
  baseline: {
    name: "one Kysely select and 1000 decrypts",
    run: async () => (await bareSelect(bare).where("name", "in", names).execute()).map(bareDecrypt),
  },
  subject: { name: "manager.getMany of 1000", run: () => manager.getMany(names) },
  batchMilliseconds: 150,
});

const cachedManager = await openManager(path, { maxAge: 3_600_000 });
await pairedBenchmark({
  name: "database-get-cached",
  baseline: { name: "manager.get", run: async () => (await manager.get(name))?.value },
  subject: { name: "manager.get with the cache", run: async () => (await cachedManager.get(name))?.value },
});

const options = { isFresh: () => true, refresh: (value: object) => value };
await pairedBenchmark({
  name: "database-refresh-fresh",
  baseline: { name: "manager.get", run: async () => (await manager.get(name))?.value },
  subject: {
    name: "manager.refresh of a fresh secret",
    run: async () => (await manager.refresh(name, options)).value,
  },
});

await pairedBenchmark({
  name: "database-refresh-fresh-cached",
  baseline: { name: "manager.get with the cache", run: async () => (await cachedManager.get(name))?.value },
  subject: {
    name: "manager.refresh of a fresh secret with the cache",
    run: async () => (await cachedManager.refresh(name, options)).value,
  },
});

await Promise.all([manager.close(), cachedManager.close(), bare.destroy()]);
remove();
