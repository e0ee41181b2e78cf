import { join } from "node:path";
import { obtainOrSkip } from "@archestra/test-servers/server-unavailable";
import { startVault } from "@archestra/test-servers/vault-server";
import { root } from "../workspace.ts";
import { copyPackage, type PackageManager, provePlugin } from "./plugin-project.ts";
import type { Tarballs } from "./tarballs.ts";

/** Proves that a stranger's authentication method passes the suite on a real Vault. Where there is none, it says so. */
export async function proveAuthMethod(tarballs: Tarballs, workFolder: string): Promise<void> {
  const vault = await obtainOrSkip("the authentication method", startVault);
  if (vault === undefined) return;
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
