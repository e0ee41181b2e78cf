import { createSecretsManager } from "@archestra/secrets-core";
import { testBackend } from "@archestra/secrets-testkit/vitest";
import { expectCommittedConformance } from "@archestra/test-harness/committed-conformance";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { startRaftCluster } from "@archestra/test-servers/vault-cluster";
import { hashicorpVault, openBao } from "@archestra/test-servers/vault-product";
import { startVault, type VaultOptions } from "@archestra/test-servers/vault-server";
import { describeHashicorpVault, describeOpenBao } from "@archestra/test-servers/vault-tests";
import { afterAll, beforeAll, expect } from "vitest";
import { type ServerOfCases, vaultHarness } from "./vault-harness.ts";

/** Cases about what the plugin does not say of itself: no case of any fault is left out. */
const withoutStatement = ["the backend has no `classify`", "the store's `encrypted` is not true"];
const withoutVersions = [
  "`capabilities.conditionalWrites` is not true",
  "`capabilities.versions` is not true",
  "the backend has no `history`",
];

/** OpenBao accepts a thousand keys and texts in a request, unless its listener says otherwise. */
const ENTRIES_OF_OPENBAO = 400;

/**
 * Runs the suite on a server of its own, or on the leader of three nodes, and compares what it finds with `docs/conformance/<file>.json`.
 */
export function testVaultBackend(
  name: string,
  kvVersion: 1 | 2,
  options: VaultOptions & { readonly file: string; readonly threeNodes?: boolean },
): void {
  const { file, product = hashicorpVault, threeNodes = false, ...ofServer } = options;
  const isLimited = product === openBao && options.listener === undefined;
  const mostEntries = isLimited ? ENTRIES_OF_OPENBAO : undefined;
  const describeServer = product === openBao ? describeOpenBao : describeHashicorpVault;
  let servers: ServerOfCases;
  let running: { stop(): Promise<void> };
  const harness = vaultHarness(() => servers);
  describeServer("conformance", () => {
    beforeAll(async () => {
      const all = { ...ofServer, product, settings: { raw_storage_endpoint: true } };
      const cluster = threeNodes ? await startRaftCluster(all) : undefined;
      const server = cluster === undefined ? await startVault(all) : await cluster.leader();
      running = cluster ?? server;
      const proxy = await startCuttingProxy(server.port);
      servers = { server, isLeader: threeNodes, proxy, kvVersion, mostEntries };
    });
    const { report } = testBackend({ name, harness });
    afterAll(async () => {
      try {
        const skipped = report().cases.filter(({ status }) => status === "gap" || status === "unsupported");
        expect([...new Set(skipped.map(({ reason }) => reason))].toSorted()).toEqual(
          [...(kvVersion === 1 ? withoutVersions : []), ...withoutStatement].toSorted(),
        );
        await expectCommittedConformance(file, report(), harness, createSecretsManager);
      } finally {
        await servers.proxy.stop();
        await running.stop();
      }
    });
  });
}
