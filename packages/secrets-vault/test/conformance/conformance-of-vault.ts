import { createSecretsManager } from "@archestra/secrets-core";
import { testBackend } from "@archestra/secrets-testkit/vitest";
import { afterAll, beforeAll, expect } from "vitest";
import { startCuttingProxy } from "../../../../tools/test-servers/cutting-proxy.ts";
import { startVault, type VaultOptions } from "../../../../tools/test-servers/vault-server.ts";
import { describeVault } from "../../../../tools/test-servers/vault-tests.ts";
import { expectCommittedConformance } from "../../../../tools/testing/committed-conformance.ts";
import { type ServerOfCases, vaultHarness } from "./vault-harness.ts";

/**
 * Runs the suite on a server of its own, and compares what it finds with `docs/conformance/<file>.json`.
 *
 * @param unsupported how many cases are about what is not there: a form that hides values from their owner, a `classify`,
 * and on KV 1 versions
 */
export function testVaultBackend(
  name: string,
  kvVersion: 1 | 2,
  options: VaultOptions & { readonly file: string; readonly unsupported?: number },
): void {
  const { file, unsupported = 0, ...ofServer } = options;
  let servers: ServerOfCases;
  const harness = vaultHarness(() => servers);
  describeVault("conformance", () => {
    beforeAll(async () => {
      const server = await startVault({ ...ofServer, settings: { raw_storage_endpoint: true } });
      servers = { server, proxy: await startCuttingProxy(server.port), kvVersion };
    });
    const { report } = testBackend({ name, harness });
    afterAll(async () => {
      try {
        const { summary } = report();
        expect([summary.gap, summary.unsupported]).toEqual([0, unsupported]);
        await expectCommittedConformance(file, report(), harness, createSecretsManager);
      } finally {
        await servers.proxy.stop();
        await servers.server.stop();
      }
    });
  });
}
