import { SecretsError, type SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { classifyLogin, type VaultAnswer } from "@archestra/secrets-vault/auth";

/** The settings that messages name. */
export interface NamedSettings {
  readonly role: string;
  readonly mountPoint: string;
  readonly region: string;
  readonly endpoint: URL;
}

type Rule = readonly [
  texts: readonly string[],
  code: SecretsErrorCode,
  reason: string,
  message: (settings: NamedSettings) => string,
];

/*
 * Vault answers 400 to every login that it refuses, with a text that has the reason. The texts are those of its AWS auth method
 * at 1.21. Those in capitals are from STS. The first rule that matches applies.
 */
const rules: readonly Rule[] = [
  [
    ["entry for role"],
    "INVALID_CONFIGURATION",
    "ROLE_MISSING",
    ({ mountPoint }) =>
      `Vault has no role at auth/${mountPoint} of the name in ARCHESTRA_HASHICORP_VAULT_AWS_ROLE. Create it, or correct the variable.`,
  ],
  [
    ["does not belong to the role"],
    "UNAUTHENTICATED",
    "PRINCIPAL_NOT_BOUND",
    ({ role }) =>
      `The AWS identity of this process is not bound to the role ${JSON.stringify(role)}. Add its ARN to \`bound_iam_principal_arn\`.`,
  ],
  [
    ["not allowed for role"],
    "INVALID_CONFIGURATION",
    "ROLE_NOT_IAM",
    ({ role }) =>
      `The role ${JSON.stringify(role)} does not accept logins by IAM. Set its \`auth_type\` to \`iam\`.`,
  ],
  [
    ["Server-ID header: missing header", "Server-ID: missing header", "missing header"],
    "INVALID_CONFIGURATION",
    "SERVER_ID_MISSING",
    () =>
      "Vault requires the header X-Vault-AWS-IAM-Server-ID. Set ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID to the value of Vault's `iam_server_id_header_value`.",
  ],
  [
    ["but got", "vault header wasn't signed"],
    "INVALID_CONFIGURATION",
    "SERVER_ID_WRONG",
    () =>
      "Vault requires another value of the header X-Vault-AWS-IAM-Server-ID. Set ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID to the value of Vault's `iam_server_id_header_value`.",
  ],
  [
    ["Signature expired", "not yet current", "SignatureExpired", "RequestExpired"],
    "UNAUTHENTICATED",
    "CLOCK_SKEW",
    () =>
      "STS refuses the time of the signature: this machine's clock is more than fifteen minutes wrong. Synchronize it by NTP.",
  ],
  [
    ["should be scoped to a valid region", "should be scoped to correct"],
    "INVALID_CONFIGURATION",
    "REGION_MISMATCH",
    ({ region, endpoint }) =>
      `STS at the endpoint that Vault uses does not accept signatures for ${region}. ARCHESTRA_HASHICORP_VAULT_AWS_REGION, ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT (${endpoint.origin}) and Vault's \`sts_endpoint\` must agree.`,
  ],
  [
    ["ExpiredToken"],
    "UNAUTHENTICATED",
    "CREDENTIALS_EXPIRED",
    () => "STS reports that the AWS session has expired. Renew the credentials at their source.",
  ],
  [
    ["InvalidClientTokenId", "UnrecognizedClient"],
    "UNAUTHENTICATED",
    "CREDENTIALS_UNKNOWN",
    () =>
      "STS does not know the AWS access key, or its session token is missing. Check the source of the credentials.",
  ],
  [
    ["SignatureDoesNotMatch", "InvalidSignature", "IncompleteSignature"],
    "UNAUTHENTICATED",
    "SIGNATURE_REFUSED",
    ({ region, endpoint }) =>
      `STS refuses the signature: the secret access key is wrong, or the signature is for another region (${region}) or host (${endpoint.host}) than Vault's \`sts_endpoint\`.`,
  ],
  [
    ["Throttling", "received error code 5", "error making request"],
    "UNAVAILABLE",
    "STS_UNAVAILABLE",
    () => "Vault cannot reach STS, or STS is unavailable. Check Vault's `sts_endpoint` and its network.",
  ],
  [
    ["received error code 4", "GetCallerIdentity"],
    "UNAUTHENTICATED",
    "SIGNATURE_REFUSED",
    ({ region, endpoint }) =>
      `STS refuses the request: the access key, its secret or its session token is wrong, or the signature is for another region (${region}) or host (${endpoint.host}) than Vault's \`sts_endpoint\`.`,
  ],
];

/** Whether other credentials, or a new signature, may be accepted. */
export function needsNewCredentials(answer: VaultAnswer): boolean {
  const reason = ruleFor(answer)?.[2];
  return (
    reason === "CREDENTIALS_EXPIRED" || reason === "CREDENTIALS_UNKNOWN" || reason === "SIGNATURE_REFUSED"
  );
}

/** The error of a refused login. */
export function refusedLogin(answer: VaultAnswer, settings: NamedSettings): SecretsError {
  const rule = ruleFor(answer);
  if (rule !== undefined) {
    const [, code, reason, message] = rule;
    return new SecretsError(code, message(settings), { reason });
  }
  if (answer.status !== 403) return classifyLogin(answer, "AWS");
  return new SecretsError(
    "UNAUTHENTICATED",
    "Vault refused the login by AWS (HTTP 403). Most often, no AWS auth method is mounted at ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT in ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE (not set: ARCHESTRA_HASHICORP_VAULT_NAMESPACE).",
    { reason: "LOGIN_REFUSED" },
  );
}

function ruleFor({ status, errors }: VaultAnswer): Rule | undefined {
  if (status !== 400) return undefined;
  const text = errors.join("\n");
  return rules.find(([texts]) => texts.some((part) => text.includes(part)));
}
