import { SecretsError } from "@archestra/secrets-core/plugin";

/** Errors of a connection that can pass by themselves. */
const TRANSIENT_CODES =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ESOCKETTIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|UND_ERR_\w+)$/;
const TRANSIENT_NAMES =
  /^(TimeoutError|AbortError|\w*Throttl\w*|TooManyRequests\w*|IDPCommunicationError\w*)$/;
const UNREADABLE_CODES = /^(ENOENT|ENOTDIR|EISDIR|EACCES|EPERM)$/;

const NONE =
  "No AWS credentials were found. Provide them by the environment, a profile, SSO, a web identity, or the role of its container or instance; or pass `credentials` to awsAuth.";

/** An error of the AWS SDK, or of an application's own provider. */
interface ProviderError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly status?: unknown;
  readonly $fault?: unknown;
  readonly $retryable?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly cause?: unknown;
}

/**
 * Creates the error for a provider that returned no credentials. It has the name, the code and the status of the provider's
 * error, and never its message: a provider may quote what it read.
 *
 * @param profile the current profile of AWS. Absent: the default one
 */
export function credentialFailure(error: unknown, profile?: string): SecretsError {
  const { name, message, code, $fault } = read(error);
  const status = statusOf(read(error));
  if (isOfSdk(name) && typeof message === "string" && /\bSSO\b/.test(message))
    return ssoExpired(error, profile);
  const reason = describe(error);
  if (isTransient(error)) {
    return new SecretsError(
      "UNAVAILABLE",
      `The source of the AWS credentials did not return any: ${reason}. The next call tries again. Check that this process can reach the source.`,
      { reason: "CREDENTIALS_UNAVAILABLE", cause: error },
    );
  }
  if (typeof code === "string" && UNREADABLE_CODES.test(code)) {
    return new SecretsError(
      "INVALID_CONFIGURATION",
      `A file with AWS credentials cannot be read (${code}). Mount it and grant this process permission to read it, or correct the variable that names it, such as AWS_WEB_IDENTITY_TOKEN_FILE.`,
      { reason: "CREDENTIALS_UNREADABLE", cause: error },
    );
  }
  if ($fault === "client" || (status !== undefined && status >= 400)) {
    return new SecretsError(
      "UNAUTHENTICATED",
      `The source of the AWS credentials refuses this process: ${reason}. Check the role, its trust policy and the identity with which it is assumed.`,
      { reason: "CREDENTIALS_REFUSED", cause: error },
    );
  }
  return new SecretsError(
    "UNAUTHENTICATED",
    reason === "" ? NONE : `${NONE} The provider failed with: ${reason}.`,
    {
      reason: "NO_CREDENTIALS",
      cause: error,
    },
  );
}

/** Whether a later attempt may succeed without a change. */
function isTransient(error: unknown, depth = 0): boolean {
  const failure = read(error);
  const { name, code, $fault, $retryable, cause } = failure;
  const status = statusOf(failure);
  if (status !== undefined && (status >= 500 || status === 429)) return true;
  if ($fault === "server" || ($retryable !== undefined && $retryable !== false)) return true;
  if (typeof code === "string" && TRANSIENT_CODES.test(code)) return true;
  if (typeof name === "string" && TRANSIENT_NAMES.test(name)) return true;
  // The SDK keeps only the text of some connection errors.
  if (
    isOfSdk(name) &&
    /(connect|getaddrinfo|read) E[A-Z_]+|timed out|TimeoutError/.test(String(failure.message))
  )
    return true;
  return depth < 3 && cause !== undefined && isTransient(cause, depth + 1);
}

/** The name, the code and the status of an error, unless they could be a secret. */
function describe(error: unknown): string {
  const failure = read(error);
  const status = statusOf(failure);
  const parts = [failure.name, failure.code ?? codeInText(failure)]
    .filter((part): part is string => typeof part === "string" && part !== "Error" && isWord(part))
    .filter((part, index, all) => all.indexOf(part) === index);
  return [...parts, ...(status === undefined ? [] : [`HTTP ${status}`])].join(", ");
}

function codeInText({ name, message }: ProviderError): string | undefined {
  return isOfSdk(name) ? /\bE[A-Z]{4,20}\b/.exec(String(message))?.[0] : undefined;
}

function isWord(text: string): boolean {
  return /^[A-Za-z_]{1,60}$/.test(text);
}

function isOfSdk(name: unknown): boolean {
  return name === "CredentialsProviderError" || name === "TokenProviderError" || name === "ProviderError";
}

function statusOf({ $metadata, statusCode, status, name, message }: ProviderError): number | undefined {
  const inText = isOfSdk(name) ? /responded with status: (\d{3})$/.exec(String(message))?.[1] : undefined;
  const found = $metadata?.httpStatusCode ?? statusCode ?? status ?? (inText && Number(inText));
  return typeof found === "number" && found >= 100 && found < 600 ? found : undefined;
}

function read(error: unknown): ProviderError {
  return typeof error === "object" && error !== null ? error : {};
}

function ssoExpired(error: unknown, profile: string | undefined): SecretsError {
  const isShown = profile !== undefined && /^[\w.@-]{1,64}$/.test(profile);
  const command = `aws sso login${isShown ? ` --profile ${profile}` : ""}`;
  return new SecretsError(
    "UNAUTHENTICATED",
    `The AWS SSO session has expired, or was never opened. Run \`${command}\`; the next call uses the new session.`,
    { reason: "SSO_EXPIRED", cause: error },
  );
}
