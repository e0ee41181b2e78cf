import { plantedText } from "@archestra/test-harness/planted-values";
import { startRaftCluster, type VaultCluster } from "@archestra/test-servers/vault-cluster";
import { openBao } from "@archestra/test-servers/vault-product";
import { describeOpenBao } from "@archestra/test-servers/vault-tests";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { noFalseAnswers, readOwnWrites } from "./read-your-writes.ts";

const rootToken = plantedText();
const TIMES = 1_000;

describeOpenBao("a cluster of OpenBao whose standbys serve reads", () => {
  let cluster: VaultCluster;
  beforeAll(async () => {
    cluster = await startRaftCluster({ product: openBao, rootToken });
  });
  afterAll(() => cluster?.stop());

  test.for([1, 2] as const)(
    `of ${TIMES} reads of each kind through a standby, every one sees the writes before it on KV %i`,
    { timeout: 30 * 60_000 },
    async (kv) => {
      await cluster.mountKv(`kv${kv}`, kv);
      const [standby] = await cluster.standbys();
      const env = vaultEnv(standby?.address ?? "", {
        ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv),
        ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: kv === 1 ? "kv1/archestra" : "kv2/data/archestra",
        ...tokenEnv(rootToken),
      });
      const counts = await readOwnWrites(await openVault(env), await cluster.leader(), kv, TIMES);
      console.log(`KV ${kv}, ${TIMES} of each: ${JSON.stringify(counts)}`);
      expect(counts).toEqual(noFalseAnswers);
    },
  );
});
