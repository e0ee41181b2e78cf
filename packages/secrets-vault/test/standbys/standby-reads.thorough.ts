import type { Environment, SecretsManager } from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import { plantedText } from "@archestra/test-harness/planted-values";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { startRaftCluster, type VaultCluster } from "@archestra/test-servers/vault-cluster";
import { openBao } from "@archestra/test-servers/vault-product";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeOpenBao } from "@archestra/test-servers/vault-tests";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { noFalseAnswers, readOwnWrites } from "./read-your-writes.ts";

const rootToken = plantedText();
const versions = [1, 2] as const;
/** Enough that a standby lags behind at least once: without the index it does so nearly every time. */
const TIMES = 25;

const envOf = (kv: 1 | 2): Environment => ({
  ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv),
  ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: kv === 1 ? "kv1/archestra" : "kv2/data/archestra",
  ...tokenEnv(rootToken),
});

describeOpenBao("a cluster of OpenBao whose standbys serve reads", () => {
  let cluster: VaultCluster;
  let leader: VaultServer;
  let standbys: readonly VaultServer[];
  beforeAll(async () => {
    cluster = await startRaftCluster({ product: openBao, rootToken });
    for (const kv of versions) await cluster.mountKv(`kv${kv}`, kv);
    leader = await cluster.leader();
    standbys = await cluster.standbys();
  });
  afterAll(() => cluster?.stop());

  const open = (
    kv: 1 | 2,
    standby: number,
    more?: Parameters<typeof openVault>[2],
  ): Promise<SecretsManager> =>
    openVault(vaultEnv(standbys[standby]?.address ?? "", envOf(kv)), { timeout: 10_000 }, more);

  test.for(versions)("every read through a standby sees the writes before it on KV %i", async (kv) => {
    expect(await readOwnWrites(await open(kv, 0), leader, kv, TIMES)).toEqual(noFalseAnswers);
  });

  test.for(versions)(
    "has(), delete() and update() decide by the state of the leader on KV %i, whatever another process wrote",
    async (kv) => {
      const [one, other] = [await open(kv, 0), await open(kv, 1)];
      for (let n = 0; n < TIMES; n++) {
        const name = `others/${n}`;
        const { version } = await one.create(name, { n });
        expect(await other.has(name)).toBe(true);
        const ifVersion = kv === 1 ? {} : { ifVersion: String(version) };
        await other.update(name, { n: "of the other" }, ifVersion);
        expect(await one.delete(name)).toBe(true);
        expect(await other.has(name)).toBe(false);
        await other.create(name, { n });
        expect(await one.delete(name)).toBe(true);
      }
    },
  );

  test.for(versions)(
    "a secret that another process created is never absent on KV %i when both have the ownership table",
    async (kv) => {
      const store = new MemoryStore();
      const [one, other] = [
        await open(kv, 0, [memoryPlugin({ store })]),
        await open(kv, 1, [memoryPlugin({ store })]),
      ];
      for (let n = 0; n < TIMES; n++) {
        const name = `owned/${n}`;
        await one.create(name, { n });
        expect((await other.get(name))?.value).toEqual({ n });
        const many = await one.create(`many/${n}`, { n });
        expect((await other.getMany([many.name])).get(many.name)?.status).toBe("found");
        expect(await other.delete(name)).toBe(true);
        expect(await one.get(name)).toBeUndefined();
      }
    },
  );

  test.for(versions)(
    "a change whose answer was lost is seen by the reads that follow on KV %i, once it is acknowledged",
    async (kv) => {
      const proxy = await startCuttingProxy(standbys[0]?.port ?? 0);
      onTestFinished(() => proxy.stop());
      const manager = await openVault(vaultEnv(`http://127.0.0.1:${proxy.port}`, envOf(kv)), {
        timeout: 10_000,
      });
      for (let n = 0; n < TIMES; n++) {
        const name = `lost/${n}`;
        await manager.create(name, { n: "old" });
        proxy.cutAt("POST /v1/kv", "answered");
        await manager.set(name, { n: "new" });
        expect((await manager.get(name))?.value).toEqual({ n: "new" });
        proxy.cutAt("DELETE /v1/kv", "answered");
        expect(await manager.delete(name)).toBe(true);
        expect(await manager.get(name)).toBeUndefined();
      }
      expect(proxy.cuts).toBe(2 * TIMES);
    },
  );
});
