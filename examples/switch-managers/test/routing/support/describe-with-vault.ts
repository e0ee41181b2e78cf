import { startVault, type VaultOptions, type VaultServer } from "@archestra/test-servers/vault-server";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { afterAll, beforeAll } from "vitest";

/** Tests that share one Vault with KV version 2 at `secret`, each in a folder of its own. */
export function describeWithVault(
  title: string,
  options: VaultOptions,
  define: (vault: () => VaultServer) => void,
): void {
  describeVault(title, () => {
    let vault: VaultServer;

    beforeAll(async () => {
      vault = await startVault(options);
      await vault.mountKv("secret", 2);
    });
    afterAll(() => vault.stop());

    define(() => vault);
  });
}
