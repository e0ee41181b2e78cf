import { SecretsError } from "@archestra/secrets-core/plugin";

/** Errors of a connection that a later attempt may not meet. */
const PASSING_CODES =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ESOCKETTIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|UND_ERR_\w+)$/;
const PASSING_NAMES = /^(TimeoutError|AbortError|\w*Throttl\w*|TooManyRequests\w*|IDPCommunicationError\w*)$/;
const UNREADABLE_CODES = /^(ENOENT|ENOTDIR|EISDIR|EACCES|EPERM)$/;

const NONE =
  "No AWS credentials were found. Give the process some: by its environment, a profile, SSO, a web identity, or the role of its container or instance; or pass `credentials` to awsAuth.";

/** What is read of an error of the AWS SDK, or of an application's own provider. */
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
 * What it means that a provider gave no credentials. Its own words are shown where they are those of the AWS SDK about SSO,
 * and never otherwise: a provider may quote what it read. The name, the code and the status of its error are.
 *
 * @param profile the profile of AWS that is in use. Absent: the default one
 */
export function credentialFailure(error: unknown, profile?: string): SecretsError {
  const { name, message, code, $fault } = read(error);
  const status = statusOf(read(error));
  if (isOfSdk(name) && typeof message === "string" && /\bSSO\b/.test(message))
    return ssoExpired(error, profile);
  const reason = describe(error);
  if (passes(error)) {
    return new SecretsError(
      "UNAVAILABLE",
      `The source of the AWS credentials did not give any: ${reason}. That passes by itself when the source answers again; the next call asks it. Check that this process can reach it.`,
      { reason: "CREDENTIALS_UNAVAILABLE", cause: error },
    );
  }
  if (typeof code === "string" && UNREADABLE_CODES.test(code)) {
    return new SecretsError(
      "INVALID_CONFIGURATION",
      `A file with AWS credentials cannot be read (${code}). Mount it and let this process read it, or correct the variable that names it, such as AWS_WEB_IDENTITY_TOKEN_FILE.`,
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
function passes(error: unknown, depth = 0): boolean {
  const failure = read(error);
  const { name, code, $fault, $retryable, cause } = failure;
  const status = statusOf(failure);
  if (status !== undefined && (status >= 500 || status === 429)) return true;
  if ($fault === "server" || ($retryable !== undefined && $retryable !== false)) return true;
  if (typeof code === "string" && PASSING_CODES.test(code)) return true;
  if (typeof name === "string" && PASSING_NAMES.test(name)) return true;
  // The SDK wraps some errors of connections by their text.
  if (
    isOfSdk(name) &&
    /(connect|getaddrinfo|read) E[A-Z_]+|timed out|TimeoutError/.test(String(failure.message))
  )
    return true;
  return depth < 3 && cause !== undefined && passes(cause, depth + 1);
}

/** The name, the code and the status of an error, as far as they can be no secret. */
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
    `The AWS SSO session has expired, or was never opened. Run \`${command}\`; the next call finds the new session.`,
    { reason: "SSO_EXPIRED", cause: error },
  );
}
