import { SecretsError, type SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { classifyLogin, type TokenClaims, type VaultAnswer } from "@archestra/secrets-vault/auth";

/** The parts of the request that messages name. */
export interface RefusedRequest {
  readonly role: string;
  readonly mountPoint: string;
  readonly claims: TokenClaims;
}

type Rule = readonly [
  status: number,
  text: string,
  code: SecretsErrorCode,
  reason: string,
  message: (request: RefusedRequest) => string,
];

/* The texts are those of Vault's Kubernetes auth method at 1.21. */
const rules: readonly Rule[] = [
  [
    400,
    "invalid role name",
    "INVALID_CONFIGURATION",
    "ROLE_MISSING",
    ({ mountPoint }) =>
      `Vault has no role at auth/${mountPoint} of the name in ARCHESTRA_HASHICORP_VAULT_K8S_ROLE. Create it, or correct the variable.`,
  ],
  [
    403,
    "invalid audience",
    "UNAUTHENTICATED",
    "AUDIENCE_MISMATCH",
    ({ role, claims }) =>
      `The role ${JSON.stringify(role)} requires a service-account token for another audience than this one's, ${quoted(claims.audiences)}. Set \`audience\` of the pod's serviceAccountToken volume to the role's \`audience\`.`,
  ],
  [
    403,
    "service account name not authorized",
    "UNAUTHENTICATED",
    "ACCOUNT_NOT_BOUND",
    ({ role, claims }) =>
      `The role ${JSON.stringify(role)} is not for the service account of this pod${whose(claims)}. Add its name to \`bound_service_account_names\`, or let the pod run as another.`,
  ],
  [
    403,
    "namespace not authorized",
    "UNAUTHENTICATED",
    "NAMESPACE_NOT_BOUND",
    ({ role, claims }) =>
      `The role ${JSON.stringify(role)} is not for the namespace of this pod's service account${whose(claims)}. Add it to \`bound_service_account_namespaces\`.`,
  ],
  [
    403,
    "invalid expiration time",
    "UNAUTHENTICATED",
    "TOKEN_EXPIRED",
    () =>
      "Vault reports that the service-account token has expired. By the clock of this machine it has not: synchronize both by NTP.",
  ],
  [
    403,
    "not yet valid",
    "UNAUTHENTICATED",
    "CLOCK_SKEW",
    () =>
      "Vault reports that the service-account token is not valid yet: its clock is behind that of the Kubernetes API server. Synchronize both by NTP.",
  ],
  [
    403,
    "invalid issuer",
    "UNAUTHENTICATED",
    "ISSUER_MISMATCH",
    ({ mountPoint }) =>
      `Vault requires service-account tokens of another issuer. Set \`issuer\` of auth/${mountPoint}/config to the cluster's, or \`disable_iss_validation\` to true: the review by Kubernetes decides anyway.`,
  ],
  [
    500,
    "could not load backend configuration",
    "INVALID_CONFIGURATION",
    "AUTH_NOT_CONFIGURED",
    ({ mountPoint }) =>
      `The auth method at auth/${mountPoint} is mounted but not configured. Write auth/${mountPoint}/config, with \`kubernetes_host\` at least.`,
  ],
];

/** The error of a refused login. */
export function refusedLogin(answer: VaultAnswer, request: RefusedRequest): SecretsError {
  const text = answer.errors.join("\n");
  const rule = rules.find(([status, part]) => answer.status === status && text.includes(part));
  if (rule !== undefined) {
    const [, , code, reason, message] = rule;
    return new SecretsError(code, message(request), { reason });
  }
  if (answer.status !== 403) return classifyLogin(answer, "Kubernetes");
  const { claims } = request;
  return new SecretsError(
    "UNAUTHENTICATED",
    `Vault refused the login by Kubernetes (HTTP 403) without a reason. It is one of these: no Kubernetes auth method is mounted at ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT in ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE (not set: ARCHESTRA_HASHICORP_VAULT_NAMESPACE); Vault cannot reach the Kubernetes API, or does not trust it (\`kubernetes_host\`, \`kubernetes_ca_cert\`); its own \`token_reviewer_jwt\` has expired or lacks the ClusterRole system:auth-delegator; the service account${whose(claims)} was deleted, or its token is of another cluster, or for an audience (${quoted(claims.audiences)}) that the API server does not review; the role's \`token_bound_cidrs\` exclude this address.`,
    { reason: "LOGIN_REFUSED" },
  );
}

function whose({ subject }: TokenClaims): string {
  return subject === undefined ? "" : `, ${JSON.stringify(subject)}`;
}

function quoted(audiences: readonly string[]): string {
  return audiences.map((audience) => JSON.stringify(audience)).join(", ") || "none";
}
