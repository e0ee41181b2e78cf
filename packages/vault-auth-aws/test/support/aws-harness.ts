import type { KnownToken, VaultAuthHarness } from "@archestra/secrets-testkit/vault-auth";
import { vaultPlugin } from "@archestra/secrets-vault";
import type { MotoServer } from "@archestra/test-servers/moto-server";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { awsAuth } from "../../src/index.ts";
import { startVaultOfAws } from "./vault-of-aws.ts";

let users = 0;

/** A Vault for each case, on one STS. @param sts is started when the first case opens */
export function awsHarness(sts: () => MotoServer): VaultAuthHarness {
  return {
    async open() {
      const moto = sts();
      const user = `application-${++users}`;
      const arn = await moto.createUser(user);
      const { vault, env } = await startVaultOfAws(moto, {
        principals: [arn],
        mount: "clouds/one",
        serverId: "vault.example.com",
        tokenTtl: "8s",
      });
      let current = await moto.createAccessKey(user);
      let isRevoked = false;
      let isSilent = false;
      const revoke = async () => {
        if (!isRevoked) await moto.deleteAccessKey(user, current.accessKeyId);
        isRevoked = true;
      };
      return {
        plugins: [awsAuth({ credentials: async () => (isSilent ? new Promise(() => {}) : current) })],
        manager: vaultPlugin(),
        address: vault.address,
        env,
        secrets: () => [current.secretAccessKey],
        lookUp: (token) => knownToken(vault, token),
        revoke,
        async rotate() {
          await revoke();
          current = await moto.createAccessKey(user);
          isRevoked = false;
        },
        silence() {
          isSilent = true;
          return () => {
            isSilent = false;
          };
        },
        refused: [
          { what: "a role that is not there", env: { ARCHESTRA_HASHICORP_VAULT_AWS_ROLE: "unknown" } },
          {
            what: "a mount that is not there",
            env: { ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT: "nowhere" },
          },
          { what: "another server id", env: { ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID: "other" } },
          { what: "no server id", env: { ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID: "" } },
        ],
        close: () => vault.stop(),
      };
    },
  };
}

async function knownToken(vault: VaultServer, token: string): Promise<KnownToken | undefined> {
  const { status, body } = await vault.request("POST", "auth/token/lookup", { token });
  if (status !== 200) return undefined;
  const { num_uses: uses, ...known } = body.data as unknown as Omit<KnownToken, "uses"> & {
    num_uses: number;
  };
  return { ...known, uses };
}
