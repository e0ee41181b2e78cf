import type { KnownToken } from "@archestra/secrets-testkit/vault-auth";
import type { VaultServer } from "../../../../tools/test-servers/vault-server.ts";

/** What a Vault says of a token. Undefined: it does not know it. */
export async function knownToken(server: VaultServer, token: string): Promise<KnownToken | undefined> {
  const { status, body } = await server.request("POST", "auth/token/lookup", { token });
  if (status !== 200) return undefined;
  const { num_uses: uses, ...known } = body.data as unknown as Omit<KnownToken, "uses"> & {
    num_uses: number;
  };
  return { ...known, uses };
}
