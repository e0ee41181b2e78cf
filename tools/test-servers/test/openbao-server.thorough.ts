import { afterAll, beforeAll, expect, test } from "vitest";
import { startRaftCluster, type VaultCluster } from "../vault-cluster.ts";
import { openBao } from "../vault-product.ts";
import { describeOpenBao, openBaoOfTest } from "../vault-tests.ts";

/** A client's request, so that the audit log has it. */
async function read(address: string, path: string, token: string): Promise<number> {
  const answer = await fetch(`${address}/v1/${path}`, { headers: { "x-vault-token": token } });
  await answer.arrayBuffer();
  return answer.status;
}

describeOpenBao("an OpenBao of a test", () => {
  test("stores secrets of both KV versions, and on raft keeps them over a restart", async () => {
    const server = await openBaoOfTest({ storage: "raft" });
    await server.mountKv("first", 1);
    await server.mountKv("second", 2, { maxVersions: 2, casRequired: true });
    expect((await server.request("POST", "first/a", { value: 1 })).status).toBe(204);
    const write = { data: { value: 2 }, options: { cas: 0 } };
    expect((await server.request("POST", "second/data/a", write)).status).toBe(200);
    await server.restart("SIGKILL");
    expect((await server.request("GET", "first/a")).body.data).toEqual({ value: 1 });
    expect((await server.request("GET", "second/data/a")).body.data?.data).toEqual({ value: 2 });
    expect((await server.request("GET", "sys/health")).body.version).toBe("2.7.2");
  });

  test("records the requests of clients, and not the administration's, over a restart too", async () => {
    const server = await openBaoOfTest({ audit: true });
    await server.mountKv("secret", 2);
    await server.putPolicy("reader", 'path "secret/data/a" { capabilities = ["read"] }');
    const { token } = await server.createToken({ policies: ["reader"], ttl: "1m" });
    expect(await read(server.address, "secret/data/a", token)).toBe(404);
    expect(await read(server.address, "secret/data/b%20c", token)).toBe(403);
    const expected = [
      { operation: "read", path: "secret/data/a", displayName: "token", answered: true, error: undefined },
      { operation: "read", path: "secret/data/b c", error: expect.stringContaining("permission denied") },
    ];
    expect(await server.auditedRequests()).toMatchObject(expected);
    await server.restart();
    expect(await read(server.address, "absent/a", server.rootToken)).toBe(404);
    expect(await server.auditedRequests()).toMatchObject([...expected, { path: "absent/a" }]);
  });

  test("is refused the storage that it does not have", async () => {
    await expect(openBaoOfTest({ storage: "file" })).rejects.toThrow(
      "OpenBao does not have the storage `file`.",
    );
  });
});

describeOpenBao("three OpenBaos in a cluster", () => {
  let cluster: VaultCluster;
  beforeAll(async () => {
    cluster = await startRaftCluster({ product: openBao, audit: true });
  });
  afterAll(() => cluster?.stop());

  test("another node leads after a step-down, after a kill and after a freeze, and what was written stays", async () => {
    await cluster.mountKv("secret", 2);
    const first = await cluster.leader();
    const value = async () =>
      (await (await cluster.leader()).request("GET", "secret/data/a")).body.data?.data;
    await first.request("POST", "secret/data/a", { data: { value: 1 } });
    const second = await cluster.stepDown();
    expect(second).not.toBe(first);
    expect(await first.health()).toBe(429);
    expect(await value()).toEqual({ value: 1 });

    await second.end("SIGKILL");
    const third = await cluster.leader();
    expect(third).not.toBe(second);
    await second.start();
    expect(await cluster.standbys()).toHaveLength(2);

    await third.freeze();
    const fourth = await cluster.leader();
    expect(fourth).not.toBe(third);
    expect(await cluster.standbys()).toHaveLength(1);
    expect(await value()).toEqual({ value: 1 });
    await third.thaw();
    expect(await cluster.standbys()).toHaveLength(2);
  });

  test("a standby answers a read without the leader", async () => {
    await cluster.mountKv("read", 1);
    const leader = await cluster.leader();
    const [standby] = await cluster.standbys();
    await leader.request("POST", "read/a", { value: 1 });
    const read = () => standby?.request("GET", "read/a");
    await expect.poll(async () => (await read())?.status, { timeout: 30_000 }).toBe(200);
    await leader.freeze();
    expect((await read())?.body.data).toEqual({ value: 1 });
    await leader.thaw();
  });
});
