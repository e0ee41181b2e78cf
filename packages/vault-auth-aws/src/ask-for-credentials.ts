import { SecretsError } from "@archestra/secrets-core/plugin";
import { fromHttp, fromNodeProviderChain } from "@aws-sdk/credential-providers";
import type { AwsCredentials, AwsCredentialsProvider } from "./aws-credentials.ts";
import { credentialFailure } from "./credential-failure.ts";

/**
 * Asks for credentials that are good now. A chain that is made for each login reads files and asks services again, and keeps
 * nothing. It finds its region by itself, as every program of AWS does: the region of the signature is another matter.
 *
 * @throws UNAVAILABLE for what passes; UNAUTHENTICATED and INVALID_CONFIGURATION for what does not
 */
export async function askForCredentials(
  provider: AwsCredentialsProvider | undefined,
): Promise<AwsCredentials> {
  let found: AwsCredentials;
  try {
    found = await (provider ?? (fromNodeProviderChain({ ignoreCache: true }) as AwsCredentialsProvider))();
  } catch (error) {
    const cause = provider === undefined ? await reasonOfContainer(error) : error;
    throw credentialFailure(cause, process.env.AWS_PROFILE);
  }
  if (found.expiration !== undefined && found.expiration.getTime() <= Date.now()) {
    const words = `The AWS credentials expired at ${found.expiration.toISOString()}. Nothing was sent. Renew them where they come from.`;
    throw new SecretsError("UNAUTHENTICATED", words, { reason: "CREDENTIALS_EXPIRED" });
  }
  return found;
}

/** The chain does not say why the endpoint of a container gave nothing; the endpoint does. */
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
