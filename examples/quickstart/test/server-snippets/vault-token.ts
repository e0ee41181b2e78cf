// For its declaration of `vaultProduct`.
import type {} from "@archestra/test-servers/vault-global-setup";
import { inject } from "vitest";
import type { ServerSnippet } from "./server-snippet.ts";
import { vaultVariables, vaultWithSecret } from "./vault-with-secret.ts";

const canRun = inject("vaultProduct") !== undefined;

/** The snippet of the pages about Vault, which stores the secret that it reads. */
export const vaultToken: ServerSnippet = {
  canRun,
  async prepare() {
    const vault = await vaultWithSecret();
    const { token } = await vault.createToken({ policies: ["shop"] });
    const env = {
      ...vaultVariables(vault, "TOKEN"),
      ARCHESTRA_HASHICORP_VAULT_TOKEN: token,
      // Its ownership table.
      ARCHESTRA_DATABASE_URL: "sqlite:secrets.db",
    };
    return { env, prints: "ghp_not_a_real_token\n" };
  },
};

export const vaultReader: ServerSnippet = {
  canRun,
  async prepare() {
    const vault = await vaultWithSecret();
    const data = { password: "of-another-team" };
    await vault.demand("POST", "secret/data/team/database", { data });
    const { token } = await vault.createToken({ policies: ["shop"] });
    const env = { ...vaultVariables(vault, "TOKEN"), ARCHESTRA_HASHICORP_VAULT_TOKEN: token };
    return { env, prints: `${data.password}\n` };
  },
};
