import { writeFile } from "node:fs/promises";
import { join } from "node:path";
// For its declaration of `vaultProduct`.
import type {} from "@archestra/test-servers/vault-global-setup";
import { inject } from "vitest";
import type { ServerSnippet } from "./server-snippet.ts";
import { printedToken, vaultVariables, vaultWithSecret } from "./vault-with-secret.ts";

export const vaultAppRole: ServerSnippet = {
  canRun: inject("vaultProduct") !== undefined,
  async prepare() {
    const vault = await vaultWithSecret();
    await vault.enableAppRole();
    const { roleId, secretId } = await vault.createAppRole({ name: "shop", policies: ["shop"] });
    const secretIdFile = join(vault.folder, "secret-id");
    await writeFile(secretIdFile, secretId);
    const env = {
      ...vaultVariables(vault, "APPROLE"),
      ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID: roleId,
      ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID_FILE: secretIdFile,
    };
    return { env, prints: printedToken };
  },
};
