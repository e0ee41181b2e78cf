import { setTimeout as sleep } from "node:timers/promises";
import { plantedText } from "@archestra/test-harness/planted-values";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { startRaftCluster, type VaultCluster } from "@archestra/test-servers/vault-cluster";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { TruthfulLoad } from "../support/truthful-load.ts";

const rootToken = plantedText();

describeVault("a cluster of three nodes that changes its leader under load", () => {
  let cluster: VaultCluster;
  beforeAll(async () => {
    cluster = await startRaftCluster({ rootToken });
    await cluster.mountKv("secret", 2);
  });
  afterAll(() => cluster?.stop());

  test("continues to serve, through an address that is redirected to the new leader and through a standby: nothing is lost or wrongly absent", async () => {
    const leader = await cluster.leader();
    const proxy = await startCuttingProxy(leader.port);
    onTestFinished(() => proxy.stop());
    const [standby] = await cluster.standbys();
    const addresses = { moved: `http://127.0.0.1:${proxy.port}`, standby: standby?.address ?? "" };
    const loads = await Promise.all(
      Object.entries(addresses).map(async ([folder, address]) => {
        const manager = await openVault(vaultEnv(address, tokenEnv(rootToken)), { timeout: 5_000 });
        return new TruthfulLoad(manager, { folder, text: plantedText() }).begin();
      }),
    );
    await Promise.all(loads.map((load) => load.recovered()));
    await sleep(300);
    const next = await cluster.stepDown();
    // Until here the address leads to a node that has stepped down; from now on to its successor.
    proxy.target = next.port;
    proxy.drop();
    await Promise.all(loads.map((load) => load.recovered()));
    for (const load of loads) {
      const { lies, failures, reads, writes } = await load.end();
      console.log(`step-down: ${reads} reads, ${writes} writes, ${JSON.stringify(failures)}`);
      expect(lies).toEqual([]);
    }
  });

  test("continues to serve after its leader was killed, when another one is elected", async () => {
    const leader = await cluster.leader();
    const [standby] = await cluster.standbys();
    const manager = await openVault(vaultEnv(standby?.address ?? "", tokenEnv(rootToken)), {
      timeout: 5_000,
    });
    const load = await new TruthfulLoad(manager, { folder: "killed", text: plantedText() }).begin();
    await load.recovered();
    await sleep(200);
    await leader.end("SIGKILL");
    await cluster.leader();
    await load.recovered();
    const { lies, failures, reads, writes } = await load.end();
    console.log(`leader killed: ${reads} reads, ${writes} writes, ${JSON.stringify(failures)}`);
    await leader.start();
    expect(lies).toEqual([]);
  });
});
