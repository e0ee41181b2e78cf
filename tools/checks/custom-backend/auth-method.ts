import { join } from "node:path";
import { startVault } from "../../test-servers/vault-server.ts";
import { root } from "../workspace.ts";
import { copyPackage, type PackageManager, provePlugin } from "./plugin-project.ts";
import type { Tarballs } from "./tarballs.ts";

/**
 * Proves that a stranger's authentication method passes the suite on a real Vault.
 *
 * @throws {TestServerUnavailable} when no Vault can be had on this machine
 */
export async function proveAuthMethod(tarballs: Tarballs, workFolder: string): Promise<void> {
  const vault = await startVault();
  try {
    const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken };
    // One after the other: tokens that live for seconds are not proven on a machine that is busy.
    for (const manager of ["npm", "pnpm"] satisfies PackageManager[]) {
      const folder = join(workFolder, `auth-${manager}`);
      copyPackage(join(root, "examples/custom-auth"), folder);
      await provePlugin({ manager, folder, workFolder, env }, tarballs, ["check-types", "build", "test"]);
    }
  } finally {
    await vault.stop();
  }
}
