import { describe, inject, onTestFinished } from "vitest";
// For its declaration of `vaultBinary` and `openBaoBinary`.
import type {} from "./vault-global-setup.ts";
import { openBao } from "./vault-product.ts";
import { startVault, type VaultOptions, type VaultServer } from "./vault-server.ts";

/** Tests that need Vault. Where there is none, they are listed as skipped, and the run has said why. */
export const describeVault = describe.skipIf(inject("vaultBinary") === undefined);

/** Tests that need OpenBao. */
export const describeOpenBao = describe.skipIf(inject("openBaoBinary") === undefined);

/** A Vault of this test alone, which stops when the test has finished. */
export async function vaultOfTest(options?: VaultOptions): Promise<VaultServer> {
  const server = await startVault(options);
  onTestFinished(() => server.stop());
  return server;
}

/** An OpenBao of this test alone, which stops when the test has finished. */
export function openBaoOfTest(options?: Omit<VaultOptions, "product">): Promise<VaultServer> {
  return vaultOfTest({ ...options, product: openBao });
}
