import { SecretsError, type SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { classifyLogin, type VaultAnswer } from "@archestra/secrets-vault/auth";

/** What of the settings the messages name. */
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
  words: (settings: NamedSettings) => string,
];

/*
 * Vault answers 400 to every login that it refuses, and says why by its text. The texts are of its AWS auth method at
 * 1.21, those in capitals of STS. The first rule that fits counts.
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
      `The role ${JSON.stringify(role)} does not take logins by IAM. Set its \`auth_type\` to \`iam\`.`,
  ],
  [
    ["Server-ID header: missing header", "Server-ID: missing header", "missing header"],
    "INVALID_CONFIGURATION",
    "SERVER_ID_MISSING",
    () =>
      "Vault wants the header X-Vault-AWS-IAM-Server-ID. Set ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID to what Vault's `iam_server_id_header_value` says.",
  ],
  [
    ["but got", "vault header wasn't signed"],
    "INVALID_CONFIGURATION",
    "SERVER_ID_WRONG",
    () =>
      "Vault wants another value of the header X-Vault-AWS-IAM-Server-ID. Set ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID to what Vault's `iam_server_id_header_value` says.",
  ],
  [
    ["Signature expired", "not yet current", "SignatureExpired", "RequestExpired"],
    "UNAUTHENTICATED",
    "CLOCK_SKEW",
    () =>
      "STS takes the signature for one of another time: this machine's clock is more than fifteen minutes wrong. Set it by NTP.",
  ],
  [
    ["should be scoped to a valid region", "should be scoped to correct"],
    "INVALID_CONFIGURATION",
    "REGION_MISMATCH",
    ({ region, endpoint }) =>
      `STS at the endpoint that Vault uses does not take signatures for ${region}. ARCHESTRA_HASHICORP_VAULT_AWS_REGION, ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT (${endpoint.origin}) and Vault's \`sts_endpoint\` have to agree.`,
  ],
  [
    ["ExpiredToken"],
    "UNAUTHENTICATED",
    "CREDENTIALS_EXPIRED",
    () => "STS says that the AWS session has expired. Renew the credentials where they come from.",
  ],
  [
    ["InvalidClientTokenId", "UnrecognizedClient"],
    "UNAUTHENTICATED",
    "CREDENTIALS_UNKNOWN",
    () =>
      "STS does not know the AWS access key, or its session token is missing. Look at where the credentials come from.",
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
    () =>
      "Vault cannot reach STS, or STS does not serve now. Look at Vault's `sts_endpoint` and at its network.",
  ],
  [
    ["received error code 4", "GetCallerIdentity"],
    "UNAUTHENTICATED",
    "SIGNATURE_REFUSED",
    ({ region, endpoint }) =>
      `STS refuses the request: the access key, its secret or its session token is wrong, or the signature is for another region (${region}) or host (${endpoint.host}) than Vault's \`sts_endpoint\`.`,
  ],
];

/** Whether other credentials, or a new signature, may be taken. */
export function wantsFreshCredentials(answer: VaultAnswer): boolean {
  const reason = ruleFor(answer)?.[2];
  return (
    reason === "CREDENTIALS_EXPIRED" || reason === "CREDENTIALS_UNKNOWN" || reason === "SIGNATURE_REFUSED"
  );
}

/** The error of a login that was refused. */
export function refusedLogin(answer: VaultAnswer, settings: NamedSettings): SecretsError {
  const rule = ruleFor(answer);
  if (rule !== undefined) {
    const [, code, reason, words] = rule;
    return new SecretsError(code, words(settings), { reason });
  }
  if (answer.status !== 403) return classifyLogin(answer, "AWS");
  return new SecretsError(
    "UNAUTHENTICATED",
    "Vault refused the login by AWS (HTTP 403). Most often no AWS auth method is mounted where ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT and ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE (not set: ARCHESTRA_HASHICORP_VAULT_NAMESPACE) say.",
    { reason: "LOGIN_REFUSED" },
  );
}

function ruleFor({ status, errors }: VaultAnswer): Rule | undefined {
  if (status !== 400) return undefined;
  const text = errors.join("\n");
  return rules.find(([texts]) => texts.some((part) => text.includes(part)));
}
