import type { SecretsManager } from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import { HistoryClient, type HistoryManager } from "@archestra/test-harness/history-client";
import { HistoryRecorder } from "@archestra/test-harness/history-recorder";
import { explainNonLinearizable } from "@archestra/test-harness/linearizability";
import { SeededRandom } from "@archestra/test-harness/seeded-random";
import { type CuttingProxy, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import type { AppRole } from "@archestra/test-servers/vault-administration";
import { startRaftCluster, type VaultCluster } from "@archestra/test-servers/vault-cluster";
import { openBao } from "@archestra/test-servers/vault-product";
import { onTestFinished } from "vitest";
import { applicationPolicy, appRoleEnv, openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { type FaultName, faultNames, makeFault } from "./run-faults.ts";

const OPERATIONS_OF_A_CLIENT = 8;
const CLIENTS_OF_A_MANAGER = 3;
const LONGEST_PAUSE = 80;
const LONGEST_UNTIL_FAULT = 300;
const LONGEST_FAULT = 2_500;
/** Of the codes that callers get, those that promise that nothing happened and nothing will. */
const NOTHING_HAPPENED = ["TIMEOUT", "ABORTED", "UNAVAILABLE"];
const faultsOfOneManager = ["partition", "cut changes", "revocation"] as const;
const rootToken = "random-runs-root";

/** How often each call ended how, such as `create: TIMEOUT`, and how many runs had each fault. */
export type Counts = Record<string, number>;

/** One manager at a standby of its own, and what its clients saw. */
interface Site {
  readonly proxy: CuttingProxy;
  /** One of each client. */
  readonly histories: readonly HistoryRecorder[];
  readonly store: MemoryStore | undefined;
  readonly manager: SecretsManager;
}

/**
 * Makes so many runs on a cluster of three nodes, each with the next seed. In each, the clients of two managers call at
 * random through two standbys while things go wrong. What the clients of a manager saw has to be explained by a store that
 * does one thing at a time: no false absence, no stale read after an own write, no lost acknowledged write.
 *
 * @throws Error with the seed of the first run that failed
 */
export async function checkRandomRuns(runs: number, firstSeed = firstSeedOfRun()): Promise<Counts> {
  const cluster = await startRaftCluster({ product: openBao, rootToken });
  onTestFinished(() => cluster.stop());
  await cluster.mountKv("secret", 2);
  const leader = await cluster.leader();
  await leader.putPolicy("application", applicationPolicy);
  await leader.enableAppRole();
  const role = await leader.createAppRole({ policies: ["application"] });
  const counts: Counts = {};
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    if (seed % 10 === 0) console.log(`Run ${seed - firstSeed} of ${runs}, seed ${seed}`);
    try {
      await new Run(seed, cluster, role, counts).execute();
    } catch (error) {
      throw new Error(`The random run of the seed ${seed} failed: ${error}`, { cause: error });
    }
  }
  return Object.fromEntries(Object.entries(counts).sort());
}

function firstSeedOfRun(): number {
  const { RANDOM_RUNS_SEED } = process.env;
  return RANDOM_RUNS_SEED === undefined ? Math.floor(Math.random() * 2 ** 24) : Number(RANDOM_RUNS_SEED);
}

class Run {
  readonly #seed: number;
  readonly #cluster: VaultCluster;
  readonly #role: AppRole;
  readonly #counts: Counts;
  readonly #random: SeededRandom;

  constructor(seed: number, cluster: VaultCluster, role: AppRole, counts: Counts) {
    this.#seed = seed;
    this.#cluster = cluster;
    this.#role = role;
    this.#counts = counts;
    this.#random = new SeededRandom(seed);
  }

  async execute(): Promise<void> {
    const [leader, standbys] = [await this.#cluster.leader(), await this.#cluster.standbys()];
    const sites = await Promise.all(standbys.map((standby, index) => this.#openSite(standby.port, index)));
    const faulty = sites.map(async ({ proxy }, index) => {
      const standby = standbys[index];
      // One fault of the cluster at a time, so that two of its nodes can always elect a leader.
      const names = index === 0 ? faultNames : faultsOfOneManager;
      if (standby === undefined) return;
      const name = this.#random.of<FaultName>(names);
      this.#count(`fault: ${name}`);
      const fault = makeFault(name, {
        random: this.#random,
        cluster: this.#cluster,
        leader,
        standby,
        proxy,
      });
      await pause(this.#random.below(LONGEST_UNTIL_FAULT));
      try {
        await fault.begin();
        await pause(this.#random.below(LONGEST_FAULT));
      } finally {
        await fault.end();
      }
    });
    const calls = sites.flatMap((site, index) => this.#callers(site, index));
    await Promise.all([...faulty, ...calls]);
    await Promise.all(sites.map(({ manager }) => manager.close()));
    await Promise.all(sites.map((site) => this.#check(site)));
    await Promise.all(sites.map(({ proxy }) => proxy.stop()));
  }

  /**
   * Each client has names of its own: Vault's deletions have no condition, and with an ownership table a secret reads as
   * absent while it is deleted, also when that fails.
   */
  async #openSite(port: number, index: number): Promise<Site> {
    const proxy = await startCuttingProxy(port);
    onTestFinished(() => proxy.stop());
    const store = this.#random.below(2) === 0 ? new MemoryStore() : undefined;
    const manager = await openVault(
      vaultEnv(`http://127.0.0.1:${proxy.port}`, appRoleEnv(this.#role)),
      { timeout: this.#random.of([2_000, 4_000, 8_000]), logger: { warn: () => {} } },
      store === undefined ? [] : [memoryPlugin({ store })],
    );
    const histories = Array.from({ length: CLIENTS_OF_A_MANAGER }, (_, client) => {
      const folder = `run/${this.#seed}/${index}/${client}`;
      return new HistoryRecorder([`${folder}/one`, `${folder}/two`], NOTHING_HAPPENED);
    });
    return { proxy, histories, store, manager };
  }

  #callers({ manager, histories, store }: Site, index: number): Promise<void>[] {
    return histories.map(async (history, client) => {
      const random = new SeededRandom(this.#seed * 16 + index * 4 + client);
      const caller = new HistoryClient({
        client: `client ${client} of manager ${index}`,
        manager: historyManager(manager),
        history,
        random,
        // With a table, a deletion under a version writes the value again before it deletes, which gives it another version.
        versions: store === undefined,
      });
      for (let operation = 0; operation < OPERATIONS_OF_A_CLIENT; operation++) {
        await pause(random.below(LONGEST_PAUSE));
        await caller.run(1);
      }
    });
  }

  /** Reads what is there in the end, at the leader, by a manager that had no part in it. */
  async #check({ histories, store }: Site): Promise<void> {
    const leader = await this.#cluster.leader();
    const manager = await openVault(
      vaultEnv(leader.address, tokenEnv(rootToken)),
      { timeout: 30_000, logger: { warn: () => {} } },
      store === undefined ? [] : [memoryPlugin({ store })],
    );
    for (const history of histories) {
      const random = new SeededRandom(0);
      const versions = store === undefined;
      const reader = { client: "reader", manager: historyManager(manager), history, random, versions };
      await new HistoryClient(reader).readAll();
    }
    await manager.close();
    for (const operations of histories.flatMap((history) => [...history.operations.values()])) {
      const problem = explainNonLinearizable(operations);
      if (problem !== undefined)
        throw new Error(`${store === undefined ? "alone" : "with a table"}: ${problem}`);
      for (const { client, asked, answer } of operations) {
        if (client === "reader" && answer.is !== "read")
          throw new Error("What is there in the end could not be read.");
        const how = answer.is === "refused" || answer.is === "nothing" ? answer.code : answer.is;
        this.#count(`${asked.call}: ${how}`);
      }
    }
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }
}

/** With values that are plain objects of their own, as the manager wants them. */
function historyManager(manager: SecretsManager): HistoryManager {
  type Value = Parameters<HistoryManager["set"]>[1];
  return {
    create: (name, value) => manager.create(name, { ...value }),
    set: (name, value) => manager.set(name, { ...value }),
    update: (name: string, change: Value | ((current: object) => Promise<Value>), options = {}) =>
      typeof change === "function"
        ? manager.update(name, async (current) => ({ ...(await change(current)) }), options)
        : manager.update(name, { ...change }, options),
    delete: (name, options) => manager.delete(name, options),
    get: (name) => manager.get(name),
    has: (name) => manager.has(name),
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
