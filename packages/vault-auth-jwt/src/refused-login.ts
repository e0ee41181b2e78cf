import { SecretsError, type SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { classifyLogin, tokenClaims, type VaultAnswer } from "@archestra/secrets-vault/auth";

/** The refused request. */
export interface RefusedRequest {
  /** Secret. */
  readonly jwt: string;
  readonly mountPoint: string;
}

type Rule = readonly [
  text: string,
  code: SecretsErrorCode,
  reason: string,
  message: (request: RefusedRequest, text: string) => string,
];

const ROLE = "ARCHESTRA_HASHICORP_VAULT_JWT_ROLE";

/* The texts are those of Vault's JWT auth method, which OpenBao has too; all of them have the status 400. */
const rules: readonly Rule[] = [
  [
    "missing role",
    "INVALID_CONFIGURATION",
    "ROLE_MISSING",
    ({ mountPoint }) => `The mount auth/${mountPoint} has no \`default_role\`. Set ${ROLE}.`,
  ],
  [
    "could not be found",
    "INVALID_CONFIGURATION",
    "ROLE_MISSING",
    ({ mountPoint }) =>
      `Vault has no role at auth/${mountPoint} of the name in ${ROLE}. Create it, or correct the variable.`,
  ],
  [
    "could not load configuration",
    "INVALID_CONFIGURATION",
    "AUTH_NOT_CONFIGURED",
    ({ mountPoint }) =>
      `The auth method at auth/${mountPoint} is mounted but not configured. Write auth/${mountPoint}/config.`,
  ],
  [
    "invalid audience",
    "UNAUTHENTICATED",
    "AUDIENCE_MISMATCH",
    ({ jwt }) =>
      `The role does not accept the audience of the JSON web token, ${audiencesOf(jwt)}. Request a token for an audience in \`bound_audiences\` of the role, or add this one.`,
  ],
  [
    "invalid subject",
    "UNAUTHENTICATED",
    "SUBJECT_MISMATCH",
    () => "The role does not accept the subject of the JSON web token. Compare `bound_subject` of the role.",
  ],
  [
    "invalid issuer",
    "UNAUTHENTICATED",
    "ISSUER_MISMATCH",
    ({ mountPoint }) =>
      `The issuer of the JSON web token is not \`bound_issuer\` of auth/${mountPoint}/config. Correct it, or log in at the mount of this issuer.`,
  ],
  [
    "error validating claims",
    "UNAUTHENTICATED",
    "CLAIM_MISMATCH",
    (_request, text) =>
      `The role does not accept ${claimIn(text)} of the JSON web token. Compare \`bound_claims\` of the role.`,
  ],
  [
    "invalid expiration time",
    "UNAUTHENTICATED",
    "TOKEN_EXPIRED",
    () =>
      "Vault reports that the JSON web token is expired. By the clock of this machine it is not: synchronize both by NTP.",
  ],
  [
    "not yet valid",
    "UNAUTHENTICATED",
    "CLOCK_SKEW",
    () =>
      "Vault reports that the JSON web token is not valid yet: its clock is behind that of the issuer. Synchronize both by NTP.",
  ],
  [
    "error verifying token signature",
    "UNAUTHENTICATED",
    "SIGNATURE_REFUSED",
    ({ mountPoint }) =>
      `No key of auth/${mountPoint} verifies the signature of the JSON web token: it was issued by another system, or the keys have changed. Compare \`oidc_discovery_url\`, \`jwks_url\` or \`jwt_validation_pubkeys\`.`,
  ],
];

/** The error of a refused login. */
export function refusedLogin(answer: VaultAnswer, request: RefusedRequest): SecretsError {
  const text = answer.errors.join("\n");
  const rule = answer.status === 400 ? rules.find(([part]) => text.includes(part)) : undefined;
  if (rule !== undefined) {
    const [, code, reason, message] = rule;
    return new SecretsError(code, message(request, text), { reason });
  }
  if (answer.status !== 403) return classifyLogin(answer, "JWT");
  return new SecretsError(
    "UNAUTHENTICATED",
    "Vault refused the login by JWT (HTTP 403). No JWT auth method is mounted at ARCHESTRA_HASHICORP_VAULT_JWT_MOUNT_POINT in ARCHESTRA_HASHICORP_VAULT_NAMESPACE, or the role's `token_bound_cidrs` exclude the address of this machine.",
    { reason: "LOGIN_REFUSED" },
  );
}

function audiencesOf(jwt: string): string {
  const audiences = tokenClaims(jwt)?.audiences ?? [];
  return audiences.map((audience) => JSON.stringify(audience)).join(", ") || "which it does not have";
}

/** The name of a claim is part of the role. */
function claimIn(text: string): string {
  const name = /claim "([\w./:-]{1,80})"/.exec(text)?.[1];
  return name === undefined ? "a claim" : `the claim ${JSON.stringify(name)}`;
}
