import { SecretsError } from "@archestra/secrets-core/plugin";
import { fromHttp, fromNodeProviderChain } from "@aws-sdk/credential-providers";
import type { AwsCredentials, AwsCredentialsProvider } from "./aws-credentials.ts";
import { credentialFailure } from "./credential-failure.ts";

/**
 * Reads valid credentials. A chain that is created for each login reads files and services again, and caches nothing. It
 * finds its region like every program of AWS: the region of the signature does not affect it.
 *
 * @throws UNAVAILABLE for transient failures; UNAUTHENTICATED and INVALID_CONFIGURATION for others
 */
export async function readCredentials(provider: AwsCredentialsProvider | undefined): Promise<AwsCredentials> {
  let found: AwsCredentials;
  try {
    found = await (provider ?? (fromNodeProviderChain({ ignoreCache: true }) as AwsCredentialsProvider))();
  } catch (error) {
    const cause = provider === undefined ? await reasonOfContainer(error) : error;
    throw credentialFailure(cause, process.env.AWS_PROFILE);
  }
  if (found.expiration !== undefined && found.expiration.getTime() <= Date.now()) {
    const message = `The AWS credentials expired at ${found.expiration.toISOString()}. Nothing was sent. Renew them at their source.`;
    throw new SecretsError("UNAUTHENTICATED", message, { reason: "CREDENTIALS_EXPIRED" });
  }
  return found;
}

/** Reads the endpoint of a container again: its error has the reason, which that of the chain lacks. */
async function reasonOfContainer(error: unknown): Promise<unknown> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } =
    process.env;
  if ((relative ?? full) === undefined || !isExhausted(error)) return error;
  try {
    await fromHttp({ timeout: 1_000, maxRetries: 0 })();
    return error;
  } catch (reason) {
    return reason;
  }
}

function isExhausted(error: unknown): boolean {
  return error instanceof Error && error.message === "Could not load credentials from any providers";
}
