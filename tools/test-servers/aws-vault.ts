import type { MotoServer } from "./moto-server.ts";
import type { VaultServer } from "./vault-server.ts";

/** Durations are Vault's, such as `"2s"`; absence is Vault's default. */
export interface AwsRoleOptions {
  /** @default "application" */
  readonly name?: string;
  /** @default "aws" */
  readonly mount?: string;
  /** The ARNs of the users and roles that may log in. */
  readonly principals: readonly string[];
  readonly policies?: readonly string[];
  readonly tokenTtl?: string;
  readonly tokenMaxTtl?: string;
  readonly tokenNumUses?: number;
  readonly tokenType?: "service" | "batch";
}

export interface AwsLoginOptions extends AwsRoleOptions {
  /** What logins have to carry in X-Vault-AWS-IAM-Server-ID. Absent: nothing. */
  readonly serverId?: string;
  /** Of STS. @default "us-east-1" */
  readonly region?: string;
}

/** Enables AWS logins that this STS judges, and makes a role. @param options of the role; its mount is enabled */
export async function configureVaultAws(
  vault: VaultServer,
  moto: MotoServer,
  options: AwsLoginOptions,
): Promise<void> {
  const mount = options.mount ?? "aws";
  await vault.enableAuth("aws", mount);
  await vault.demand("POST", `auth/${mount}/config/client`, {
    access_key: moto.administrator.accessKeyId,
    secret_key: moto.administrator.secretAccessKey,
    sts_endpoint: moto.address,
    iam_endpoint: moto.address,
    sts_region: options.region ?? "us-east-1",
    iam_server_id_header_value: options.serverId,
  });
  await putAwsRole(vault, options);
}

/** Makes a role, or changes it. Its mount has to be enabled. */
export async function putAwsRole(vault: VaultServer, options: AwsRoleOptions): Promise<void> {
  const { mount = "aws", name = "application" } = options;
  await vault.demand("POST", `auth/${mount}/role/${name}`, {
    auth_type: "iam",
    bound_iam_principal_arn: options.principals,
    // Vault would ask the real IAM otherwise, of which it has no endpoint for each partition.
    resolve_aws_unique_ids: false,
    token_policies: options.policies,
    token_ttl: options.tokenTtl,
    token_max_ttl: options.tokenMaxTtl,
    token_num_uses: options.tokenNumUses,
    token_type: options.tokenType,
  });
}
