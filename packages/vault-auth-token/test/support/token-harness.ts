import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KnownToken, VaultAuthHarness } from "@archestra/secrets-testkit/vault-auth";
import { vaultPlugin } from "@archestra/secrets-vault";
import { silenceFile } from "@archestra/test-harness/silent-file";
import { startVault, type VaultServer } from "@archestra/test-servers/vault-server";
import { tokenAuth } from "../../src/index.ts";

const policy = `path "secret/*" { capabilities = ["create", "update", "read", "list", "delete"] }`;

/** A Vault for each case, with a token in a file that lives for seconds unless it is renewed. */
export const tokenHarness: VaultAuthHarness = {
  async open() {
    const server = await startVault();
    await server.mountKv("secret", 2);
    await server.putPolicy("application", policy);
    const file = join(server.folder, "token");
    let current = "";
    const place = async () => {
      current = (await server.createToken({ policies: ["application"], period: "8s" })).token;
      await writeFile(file, `${current}\n`);
    };
    await place();
    const revoke = () => server.revokeToken(current);
    return {
      plugins: [tokenAuth()],
      manager: vaultPlugin(),
      address: server.address,
      env: {
        ARCHESTRA_SECRETS_MANAGER: "VAULT",
        ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
        ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
        ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: file,
      },
      secrets: () => [current],
      lookUp: (token) => knownToken(server, token),
      revoke,
      async rotate() {
        if (await server.isAlive(current)) await revoke();
        await place();
      },
      silence: () => silenceFile(file),
      refused: [
        { what: "an unknown token", env: tokenInstead("hvs.unknown") },
        { what: "a token with a line's end in it", env: tokenInstead("hvs.a\nb") },
        { what: "a token of an accent", env: tokenInstead("hvs.é") },
        { what: "a file that is not there", env: { ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: `${file}.not` } },
      ],
      close: () => server.stop(),
    };
  },
};

function tokenInstead(token: string) {
  return { ARCHESTRA_HASHICORP_VAULT_TOKEN: token, ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: "" };
}

async function knownToken(server: VaultServer, token: string): Promise<KnownToken | undefined> {
  const { status, body } = await server.request("POST", "auth/token/lookup", { token });
  if (status !== 200) return undefined;
  const { num_uses: uses, ...known } = body.data as unknown as Omit<KnownToken, "uses"> & {
    num_uses: number;
  };
  return { ...known, uses };
}
