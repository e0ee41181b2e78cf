import { describe, inject, onTestFinished, test } from "vitest";
// For its declaration of `vaultProduct` and `hasOpenBao`.
import type {} from "./vault-global-setup.ts";
import { hashicorpVault, openBao } from "./vault-product.ts";
import { startVault, type VaultOptions, type VaultServer } from "./vault-server.ts";

const product = inject("vaultProduct");

/** What `describeVault` runs on. */
export const productOfTests = product === "OpenBao" ? openBao : hashicorpVault;

/** Tests that run on Vault, or on OpenBao where there is no Vault. Where there is neither, they are skipped. */
export const describeVault = describe.skipIf(product === undefined);

/** Tests that need HashiCorp's Vault itself. Where there is none, they are skipped, and the run has said why. */
export const describeHashicorpVault = describe.skipIf(product !== "Vault");

/** A test in `describeVault` that needs HashiCorp's Vault itself. */
export const testOnHashicorpVault = test.skipIf(product !== "Vault");

/** Tests that need OpenBao. */
export const describeOpenBao = describe.skipIf(!inject("hasOpenBao"));

/** A server of this test alone, which stops when the test has finished. */
export async function vaultOfTest(options?: VaultOptions): Promise<VaultServer> {
  const server = await startVault(options);
  onTestFinished(() => server.stop());
  return server;
}

/** An OpenBao of this test alone, which stops when the test has finished. */
export function openBaoOfTest(options?: Omit<VaultOptions, "product">): Promise<VaultServer> {
  return vaultOfTest({ ...options, product: openBao });
}
