import { afterAll, beforeAll, expect, test } from "vitest";
import { startRaftCluster, type VaultCluster } from "../vault-cluster.ts";
import { describeVault } from "../vault-tests.ts";

describeVault("three Vaults in a cluster", () => {
  let cluster: VaultCluster;
  beforeAll(async () => {
    cluster = await startRaftCluster({ audit: true });
  });
  afterAll(() => cluster?.stop());

  test("another one leads after a step-down, and after a kill, and what was written stays", async () => {
    const first = await cluster.leader();
    expect(await cluster.standbys()).toHaveLength(2);
    await first.mountKv("secret", 2);
    await first.request("POST", "secret/data/a", { data: { value: 1 } });

    const second = await cluster.stepDown();
    expect(second).not.toBe(first);
    expect(await first.health()).toBe(429);
    expect((await second.request("GET", "secret/data/a")).body.data?.data).toEqual({ value: 1 });

    // The second one joined: see `VaultServer.unseal`.
    const third = await cluster.stepDown();
    expect(third).not.toBe(second);
    expect(await second.health()).toBe(429);
    expect((await third.request("GET", "secret/data/a")).body.data?.data).toEqual({ value: 1 });

    await third.end("SIGKILL");
    expect(await cluster.leader()).not.toBe(third);
    await third.start();
    expect(await cluster.standbys()).toHaveLength(2);
    expect((await third.request("GET", "secret/data/a")).body.data?.data).toEqual({ value: 1 });
  });

  test("note requests to any of them once, in one audit log", async () => {
    const [standby] = await cluster.standbys();
    const headers = { "x-vault-token": standby?.rootToken as string };
    expect((await fetch(`${standby?.address}/v1/absent/a`, { headers })).status).toBe(404);
    const expected = [{ operation: "read", path: "absent/a", answered: true }];
    for (const node of cluster.nodes) expect(await node.auditedRequests()).toMatchObject(expected);
  });
});
