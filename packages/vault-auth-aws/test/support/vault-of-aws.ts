import type { Environment } from "@archestra/secrets-core";
import { type AwsLoginOptions, configureVaultAws } from "@archestra/test-servers/aws-vault";
import type { MotoServer } from "@archestra/test-servers/moto-server";
import { startVault, type VaultServer } from "@archestra/test-servers/vault-server";

const policy = `
path "secret/data/archestra/*" { capabilities = ["create", "update", "read"] }
path "secret/metadata/archestra/*" { capabilities = ["read", "list", "delete"] }
`;

/** A Vault that takes logins with AWS identities which this STS knows. */
export interface VaultOfAws {
  readonly vault: VaultServer;
  /** What an operator sets. */
  readonly env: Environment;
}

/** Starts it, with KV version 2 and a role `application` for these identities. */
export async function startVaultOfAws(moto: MotoServer, options: AwsLoginOptions): Promise<VaultOfAws> {
  const vault = await startVault({ audit: true });
  await vault.mountKv("secret", 2);
  await vault.putPolicy("application", policy);
  await configureVaultAws(vault, moto, { policies: ["application"], ...options });
  const env: Environment = {
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
    ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "AWS",
    ARCHESTRA_HASHICORP_VAULT_AWS_ROLE: options.name ?? "application",
    ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT: options.mount ?? "aws",
    ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT: moto.address,
    ...(options.serverId === undefined
      ? {}
      : { ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID: options.serverId }),
  };
  return { vault, env };
}
