import { type Logger, SecretsError } from "@archestra/secrets-core/plugin";
import { readLogin, type VaultAuthMethod } from "@archestra/secrets-vault/auth";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import type { AwsCredentials, AwsCredentialsProvider } from "./aws-credentials.ts";
import { refusedLogin, wantsFreshCredentials } from "./refused-login.ts";
import { signIdentityRequest } from "./sign-identity-request.ts";
import { endpointOfRegion, regionOfEndpoint } from "./sts-endpoint.ts";

/** The settings as they were read. */
export interface AwsMethodSettings {
  readonly role: string;
  readonly mountPoint: string;
  readonly region: string;
  readonly endpoint: URL;
  readonly serverId: string | undefined;
  readonly credentials: AwsCredentialsProvider | undefined;
}

/** Makes the method, and warns of a region that STS at the endpoint will not take. */
export function openAwsMethod(settings: AwsMethodSettings, logger: Logger): VaultAuthMethod {
  warnOfRegion(settings, logger);
  const { role, mountPoint } = settings;
  return {
    async login(send) {
      for (let attempt = 0; ; attempt++) {
        const signed = await signIdentityRequest({ ...settings, credentials: await resolve(settings) });
        const answer = await send({ path: `auth/${mountPoint}/login`, body: { role, ...signed } });
        if (answer.status === 200) return readLogin(answer, "AWS");
        // They may have expired on the way, or been replaced where the chain has them from.
        if (attempt === 0 && wantsFreshCredentials(answer)) continue;
        throw refusedLogin(answer, settings);
      }
    },
  };
}

/** A chain made anew reads files and asks services again, and keeps nothing from one login to the next. */
async function resolve({ credentials, region }: AwsMethodSettings): Promise<AwsCredentials> {
  const provider =
    credentials ??
    (fromNodeProviderChain({ ignoreCache: true, clientConfig: { region } }) as AwsCredentialsProvider);
  let found: AwsCredentials;
  try {
    found = await provider();
  } catch (error) {
    const words =
      "No AWS credentials were found. Give the process some: by its environment, a profile, SSO, a web identity, or the role of its container or instance; or pass `credentials` to awsAuth.";
    throw new SecretsError("UNAUTHENTICATED", words, { reason: "NO_CREDENTIALS", cause: error });
  }
  if (found.expiration !== undefined && found.expiration.getTime() <= Date.now()) {
    const words = `The AWS credentials expired at ${found.expiration.toISOString()}. Nothing was sent. Renew them where they come from.`;
    throw new SecretsError("UNAUTHENTICATED", words, { reason: "CREDENTIALS_EXPIRED" });
  }
  return found;
}

function warnOfRegion({ endpoint, region }: AwsMethodSettings, logger: Logger): void {
  const expected = regionOfEndpoint(endpoint);
  if (expected === undefined || expected === region) return;
  logger.warn(
    { code: "ARCHESTRA_SECRETS_AWS_REGION", region, endpoint: endpoint.origin },
    `ARCHESTRA_HASHICORP_VAULT_AWS_REGION is ${region}, and STS at ${endpoint.origin} takes signatures for ${expected}. Set ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT=${endpointOfRegion(region)}, and the same \`sts_endpoint\` in Vault.`,
  );
}
