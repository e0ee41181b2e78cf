import { definePlugin, type OptionsOf, option, type Plugin, variable } from "@archestra/secrets-core/plugin";
import { type VaultAuthMethod, vaultAuth, vaultPath, vaultSegment } from "@archestra/secrets-vault/auth";
import type { AwsCredentialsProvider } from "./aws-credentials.ts";
import { regionName } from "./region-name.ts";
import { stsEndpoint } from "./sts-endpoint.ts";

const settings = {
  /**
   * The role of Vault's AWS auth method to log in to.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_AWS_ROLE`.
   */
  role: variable("ARCHESTRA_HASHICORP_VAULT_AWS_ROLE", {
    schema: vaultSegment,
    required: true,
    description: "The role of Vault's AWS auth method to log in to.",
  }),
  /**
   * Where the AWS auth method is mounted, without `auth/`.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT`. Default: `aws`.
   */
  mountPoint: variable("ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT", {
    schema: vaultPath,
    schemaMessagesAreSafe: true,
    default: "aws",
    description: "Where the AWS auth method is mounted, without `auth/`.",
  }),
  /**
   * The region that the request is signed for; it must match the endpoint.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_AWS_REGION`. Default: `us-east-1`.
   */
  region: variable("ARCHESTRA_HASHICORP_VAULT_AWS_REGION", {
    schema: regionName,
    schemaMessagesAreSafe: true,
    default: "us-east-1",
    description: "The region that the request is signed for; it must match the endpoint.",
  }),
  /**
   * The endpoint of STS to which Vault forwards the request.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT`. Default: `https://sts.amazonaws.com`.
   */
  endpoint: variable("ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT", {
    schema: stsEndpoint,
    schemaMessagesAreSafe: true,
    default: "https://sts.amazonaws.com",
    description: "The endpoint of STS to which Vault forwards the request.",
  }),
  /**
   * The value of Vault's `iam_server_id_header_value`, sent and signed as `X-Vault-AWS-IAM-Server-ID`. Not set: the
   * header is not sent.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID`.
   */
  serverId: variable("ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID", {
    description:
      "The value of Vault's `iam_server_id_header_value`, sent and signed as `X-Vault-AWS-IAM-Server-ID`. Not set: the header is not sent.",
  }),
  /**
   * Returns the credentials, and is called for each login. Default: the standard chain of the AWS SDK (environment, profile,
   * SSO, web identity, container, instance).
   *
   * Only in code.
   */
  credentials: option<AwsCredentialsProvider>({
    description:
      "Returns the credentials, and is called for each login. Default: the standard chain of the AWS SDK (environment, profile, SSO, web identity, container, instance).",
  }),
};

/** The options of `awsAuth`: each setting, in code instead of in the environment. */
export type AwsAuthOptions = OptionsOf<typeof settings>;

/**
 * The authentication method `AWS`: a login with the AWS identity of the process. The only secret that is sent is
 * a signature, valid for fifteen minutes, of the request that Vault forwards to STS.
 *
 * The packages of AWS are loaded only when this method is used.
 */
export function awsAuth(options: AwsAuthOptions = {}): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "AWS",
    contractVersion: 1,
    options,
    settings,
    create: async (values, context) => {
      const { openAwsMethod } = await import("./aws-method.ts");
      return openAwsMethod(values, context.logger);
    },
  });
}
