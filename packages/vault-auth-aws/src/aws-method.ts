import type { Logger } from "@archestra/secrets-core/plugin";
import { readLogin, type VaultAuthMethod } from "@archestra/secrets-vault/auth";
import type { AwsCredentialsProvider } from "./aws-credentials.ts";
import { readCredentials } from "./read-credentials.ts";
import { needsNewCredentials, refusedLogin } from "./refused-login.ts";
import { signIdentityRequest } from "./sign-identity-request.ts";
import { endpointOfRegion, regionOfEndpoint } from "./sts-endpoint.ts";

/** The settings of the method. */
export interface AwsMethodSettings {
  readonly role: string;
  readonly mountPoint: string;
  readonly region: string;
  readonly endpoint: URL;
  readonly serverId: string | undefined;
  readonly credentials: AwsCredentialsProvider | undefined;
}

/** Creates the method, and warns of a region that STS at the endpoint does not accept. */
export function openAwsMethod(settings: AwsMethodSettings, logger: Logger): VaultAuthMethod {
  warnOfRegion(settings, logger);
  const { role, mountPoint } = settings;
  return {
    async login(send) {
      for (let attempt = 0; ; attempt++) {
        const signed = await signIdentityRequest({
          ...settings,
          credentials: await readCredentials(settings.credentials),
        });
        const answer = await send({ path: `auth/${mountPoint}/login`, body: { role, ...signed } });
        if (answer.status === 200) return readLogin(answer, "AWS");
        // They may have expired meanwhile, or been replaced at their source.
        if (attempt === 0 && needsNewCredentials(answer)) continue;
        throw refusedLogin(answer, settings);
      }
    },
  };
}

function warnOfRegion({ endpoint, region }: AwsMethodSettings, logger: Logger): void {
  const expected = regionOfEndpoint(endpoint);
  if (expected === undefined || expected === region) return;
  logger.warn(
    { code: "ARCHESTRA_SECRETS_AWS_REGION", region, endpoint: endpoint.origin },
    `ARCHESTRA_HASHICORP_VAULT_AWS_REGION is ${region}, and STS at ${endpoint.origin} accepts signatures for ${expected}. Set ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT=${endpointOfRegion(region)}, and the same \`sts_endpoint\` in Vault.`,
  );
}
