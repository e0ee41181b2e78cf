import { describe, inject, onTestFinished } from "vitest";
// For its declaration of `vaultBinary`.
import type {} from "./vault-global-setup.ts";
import { startVault, type VaultOptions, type VaultServer } from "./vault-server.ts";

/** Tests that need Vault. Where there is none, they are listed as skipped, and the run has said why. */
export const describeVault = describe.skipIf(inject("vaultBinary") === undefined);

/** A Vault of this test alone, which stops when the test has finished. */
export async function vaultOfTest(options?: VaultOptions): Promise<VaultServer> {
  const server = await startVault(options);
  onTestFinished(() => server.stop());
  return server;
}
