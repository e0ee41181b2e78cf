import type { SecretsErrorCode } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { isAbsence } from "./absence.ts";
import { exceededJsonLimit } from "./json-limits.ts";

/** What an answer that is no plain success means. */
export interface ClassifiedAnswer {
  readonly code: SecretsErrorCode;
  /** A finer reason, which decides in this package and is told to callers. */
  readonly reason: string;
  /** Whether Vault may have done what it was asked. */
  readonly executed: "no" | "maybe";
  /** Whether the same request can succeed a moment later. */
  readonly transient: boolean;
  /** What is the matter and what to do, without a word that Vault quoted. */
  readonly words: string;
}

type Rule = readonly [
  text: string,
  code: SecretsErrorCode,
  reason: string,
  executed: "no" | "maybe" | "no, passes" | "maybe, passes",
  words: string,
];

const NO_VALUE = "what its storage holds is no value. Set the secret anew, or restore the storage";

/*
 * Vault says by its texts more than by its statuses: some 500 are for ever, some 400 pass, a 403 has three meanings.
 * Parts of texts are compared, since what surrounds them differs between versions. Seen on Vault 1.21.1, or read in its
 * source at 1.21.4.
 */
export const rulesOfStatus: Readonly<Record<number, readonly Rule[]>> = {
  400: [
    [
      "check-and-set parameter did not match",
      "CONFLICT",
      "VERSION_MISMATCH",
      "no",
      "the secret has another version by now",
    ],
    [
      "Upgrading from non-versioned",
      "UNAVAILABLE",
      "MOUNT_UPGRADING",
      "no, passes",
      "the mount is being upgraded to KV version 2, which can take minutes",
    ],
    [
      "Waiting for the primary to upgrade",
      "UNAVAILABLE",
      "MOUNT_UPGRADING",
      "no, passes",
      "the mount is being upgraded to KV version 2, which can take minutes",
    ],
    [
      "X-Vault-Index",
      "UNAVAILABLE",
      "STATE_NOT_PRESENT",
      "no, passes",
      "it cannot read the state that another server reported under the same address",
    ],
    ["lease is not renewable", "UNAUTHENTICATED", "NOT_RENEWABLE", "no", "the token cannot be renewed"],
    ["cannot be renewed", "UNAUTHENTICATED", "NOT_RENEWABLE", "no", "the token cannot be renewed"],
    ["invalid lease ID", "UNAUTHENTICATED", "NOT_RENEWABLE", "no", "the token cannot be renewed"],
    ["missing client token", "UNAUTHENTICATED", "INVALID_TOKEN", "no", "the request came without a token"],
    ["cannot write to a path ending in", "INVALID_ARGUMENT", "REFUSED_NAME", "no", "it refuses the name"],
    [
      "path disabled",
      "INVALID_CONFIGURATION",
      "SECONDARY_CLUSTER",
      "no",
      "this cluster is a secondary for disaster recovery, which serves no secrets. Let ARCHESTRA_HASHICORP_VAULT_ADDR lead to the primary, or promote this one",
    ],
    [
      "x-forwarded-for",
      "INVALID_CONFIGURATION",
      "FORWARDED_FOR_REFUSED",
      "no",
      "its listener wants the header X-Forwarded-For of an authorized proxy. Let ARCHESTRA_HASHICORP_VAULT_ADDR lead to that proxy, or correct the settings `x_forwarded_for_…` of the listener",
    ],
    ["missing path", "INVALID_ARGUMENT", "REFUSED_NAME", "no", "it refuses the name"],
    ["no data provided", "INVALID_ARGUMENT", "REFUSED_VALUE", "no", "it refuses the value"],
    ["missing data fields", "INVALID_ARGUMENT", "REFUSED_VALUE", "no", "it refuses the value"],
  ],
  403: [
    ["invalid token", "UNAUTHENTICATED", "INVALID_TOKEN", "no", "the token is expired, revoked or unknown"],
    [
      "preflight capability check returned 403",
      "PERMISSION_DENIED",
      "MOUNT_NOT_VISIBLE",
      "no",
      "no policy of the token allows anything under this path, or nothing is mounted there",
    ],
    [
      "1 error occurred",
      "PERMISSION_DENIED",
      "POLICY",
      "no",
      "no policy of the token allows this; see the path and the capability that are missing",
    ],
    [
      "permission denied",
      "PERMISSION_DENIED",
      "UNSPECIFIED_REFUSAL",
      "no",
      "it refuses the token or the request. The token may be bound to another network, or its entity be disabled",
    ],
  ],
  404: [
    [
      "no handler for route",
      "INVALID_CONFIGURATION",
      "MOUNT_MISSING",
      "no",
      "no secrets engine is mounted there. Mount a KV engine, or correct ARCHESTRA_HASHICORP_VAULT_SECRET_PATH",
    ],
    [
      "namespace not found",
      "INVALID_CONFIGURATION",
      "NAMESPACE_MISSING",
      "no",
      "there is no such namespace. Create it, or correct ARCHESTRA_HASHICORP_VAULT_NAMESPACE",
    ],
    [
      "unsupported path",
      "INVALID_CONFIGURATION",
      "NOT_KV",
      "no",
      "the engine that is mounted there has no such path. Correct ARCHESTRA_HASHICORP_VAULT_SECRET_PATH",
    ],
  ],
  412: [
    [
      "required index state not present",
      "UNAVAILABLE",
      "STATE_NOT_PRESENT",
      "no, passes",
      "the node has not caught up with the cluster",
    ],
  ],
  500: [
    [
      "local node not active but active cluster node not found",
      "UNAVAILABLE",
      "NO_LEADER",
      "no, passes",
      "the cluster is electing a leader",
    ],
    [
      "exceeds allowed",
      "INVALID_ARGUMENT",
      "REFUSED_VALUE",
      "no",
      "it refuses the value for its size or shape",
    ],
    ["duplicate key", "INVALID_ARGUMENT", "REFUSED_VALUE", "no", "it refuses the value for its shape"],
    ["malformed JSON", "INVALID_ARGUMENT", "REFUSED_VALUE", "no", "it refuses the value for its shape"],
    [
      "value being too large",
      "INVALID_ARGUMENT",
      "VALUE_TOO_LARGE",
      "no",
      "its storage refuses the value for its size",
    ],
    [
      "key being too large",
      "INVALID_ARGUMENT",
      "REFUSED_NAME",
      "no",
      "its storage refuses the name for its length",
    ],
    [
      "file name too long",
      "INVALID_ARGUMENT",
      "REFUSED_NAME",
      "no",
      "its storage refuses the name for its length",
    ],
    [
      "could not find version data",
      "INTERNAL",
      "DAMAGED_SECRET",
      "no",
      "it has lost the value of this secret and kept the rest, as an interrupted deletion leaves it. Delete the secret to mend it, then create it anew",
    ],
    ["json decoding failed", "INVALID_VALUE", "NOT_AN_OBJECT", "no", NO_VALUE],
    ["json: cannot unmarshal", "INVALID_VALUE", "NOT_AN_OBJECT", "no", NO_VALUE],
    ["invalid character", "INVALID_VALUE", "NOT_AN_OBJECT", "no", NO_VALUE],
    ["unexpected end of JSON input", "INVALID_VALUE", "NOT_AN_OBJECT", "no", NO_VALUE],
    [
      "does not exist during renewal",
      "UNAUTHENTICATED",
      "NOT_RENEWABLE",
      "no",
      "the token cannot be renewed",
    ],
    ["no longer bound", "UNAUTHENTICATED", "NOT_RENEWABLE", "no", "the token cannot be renewed"],
    ["past the max TTL", "UNAUTHENTICATED", "NOT_RENEWABLE", "no", "the token cannot be renewed"],
    [
      "could not load backend configuration",
      "INVALID_CONFIGURATION",
      "AUTH_NOT_CONFIGURED",
      "no",
      "the auth mount is not configured. Write its `config`",
    ],
  ],
  503: [
    ["Vault is sealed", "UNAVAILABLE", "SEALED", "no, passes", "it is sealed. Unseal it"],
    ["node is not active", "UNAVAILABLE", "NO_LEADER", "no, passes", "the cluster is electing a leader"],
    [
      "no active Vault instance found",
      "UNAVAILABLE",
      "NO_LEADER",
      "no, passes",
      "the cluster is electing a leader",
    ],
    [
      "has been locked",
      "PERMISSION_DENIED",
      "NAMESPACE_LOCKED",
      "no",
      "API access to the namespace is locked. Unlock it",
    ],
  ],
};

const UNEXPECTED: ClassifiedAnswer = {
  code: "UNAVAILABLE",
  reason: "UNEXPECTED_ANSWER",
  executed: "maybe",
  transient: false,
  words:
    "this is no answer of Vault. Something else answers at the address: look at ARCHESTRA_HASHICORP_VAULT_ADDR and at what stands before Vault",
};

/** A page, or a text, with a status that does not say that something failed for now. */
const PAGE: ClassifiedAnswer = {
  code: "INVALID_CONFIGURATION",
  reason: "NOT_VAULT",
  executed: "maybe",
  transient: false,
  words:
    "this is not an answer of Vault, which sends JSON: a proxy or another server answers at the address. Correct ARCHESTRA_HASHICORP_VAULT_ADDR, or let the proxy pass requests on to Vault",
};

/**
 * Tells what an answer means, by its status and the texts that are known.
 *
 * @returns undefined for 200 and 204 with a body of JSON or none
 */
export function classifyAnswer(answer: VaultAnswer): ClassifiedAnswer | undefined {
  const { status, errors, warnings } = answer;
  if (status === 200 || status === 204) return answer.foreignBody === undefined ? undefined : PAGE;
  const texts = errors.join("\n");
  const exceeded = status === 400 || status === 500 ? exceededJsonLimit(texts) : undefined;
  if (exceeded !== undefined) return refused("INVALID_ARGUMENT", "VALUE_TOO_COMPLEX", exceeded);
  for (const [text, code, reason, executed, words] of rulesOfStatus[status] ?? []) {
    if (!texts.includes(text)) continue;
    const transient = executed.endsWith("passes");
    return { code, reason, executed: executed.startsWith("no") ? "no" : "maybe", transient, words };
  }
  if (status === 404 && warnings.some((warning) => warning.includes("versioned K/V")))
    return wrongKvVersion();
  return classifyStatus(answer);
}

function classifyStatus(answer: VaultAnswer): ClassifiedAnswer {
  const { status, body, bodyBytes, foreignBody } = answer;
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return redirected(answer);
    case 400:
      if (bodyBytes === 0) return unprintable();
      if (foreignBody === "html") return PAGE;
      if (body === undefined) return unreadable();
      break;
    case 404:
      if (isAbsence(answer)) return absent();
      return foreignBody === undefined ? UNEXPECTED : PAGE;
    case 413:
      return refused("INVALID_ARGUMENT", "VALUE_TOO_LARGE", "the request is larger than it accepts");
    case 412:
      if (hasNoErrors(answer)) return lagging();
      break;
    case 429:
      // A standby that lags behind answers so, without a word. A quota has some.
      if (hasNoErrors(answer)) return lagging();
      return {
        code: "RATE_LIMITED",
        reason: "RATE_LIMITED",
        executed: "no",
        transient: true,
        words: "a quota is used up. Raise it, or send fewer requests",
      };
    case 500:
    case 502:
    case 503:
    case 504:
      return {
        code: "UNAVAILABLE",
        reason: "SERVER_FAILURE",
        executed: "maybe",
        transient: true,
        words: "it failed, or something before it did. Look at its log",
      };
  }
  if (status >= 400 && isErrorList(body?.errors))
    return refused(
      "INTERNAL",
      "UNKNOWN_REFUSAL",
      "it refuses this, and the refusal is not one that is known",
    );
  return foreignBody === undefined ? UNEXPECTED : PAGE;
}

/** Vault's errors are texts. Other APIs have objects there, and what they refuse may have reached Vault all the same. */
function isErrorList(errors: unknown): boolean {
  return Array.isArray(errors) && errors.every((error) => typeof error === "string");
}

/** What an answer of 200 means in which Vault itself sends something else than an object as a secret's value. */
export function unreadableValue(): ClassifiedAnswer {
  return refused("INVALID_VALUE", "NOT_AN_OBJECT", NO_VALUE);
}

/** What an answer of 200 means whose body is not what Vault sends. */
export function unexpectedAnswer(): ClassifiedAnswer {
  return UNEXPECTED;
}

function hasNoErrors({ body }: VaultAnswer): boolean {
  return Array.isArray(body?.errors) && body.errors.length === 0;
}

function lagging(): ClassifiedAnswer {
  return {
    code: "UNAVAILABLE",
    reason: "STATE_NOT_PRESENT",
    executed: "no",
    transient: true,
    words: "the node has not caught up with the cluster",
  };
}

function absent(): ClassifiedAnswer {
  return refused("NOT_FOUND", "ABSENT", "there is none");
}

function wrongKvVersion(): ClassifiedAnswer {
  return refused(
    "INVALID_CONFIGURATION",
    "WRONG_KV_VERSION",
    "the mount is KV version 2, which has no such path. Set ARCHESTRA_HASHICORP_VAULT_KV_VERSION=2 and put `data` behind the mount in ARCHESTRA_HASHICORP_VAULT_SECRET_PATH, or name a mount of version 1",
  );
}

function unprintable(): ClassifiedAnswer {
  return refused(
    "INVALID_ARGUMENT",
    "UNPRINTABLE_NAME",
    "it does not know a character of the name. Vault knows the characters of Unicode 15.0",
  );
}

/** A redirect that is not followed asks for the same request elsewhere, so that nothing has been done yet. */
function redirected({ status, headers: { location = "" } }: VaultAnswer): ClassifiedAnswer {
  // Vault corrects a path by a path, and sends to another node by 307 with a whole address.
  if (location.startsWith("/v1/"))
    return refused("INTERNAL", "REDIRECTED", "it wants another path, which is never followed");
  if (status !== 307) {
    const words =
      "a proxy or another server redirects the request, which is never followed. Correct ARCHESTRA_HASHICORP_VAULT_ADDR, or let the proxy pass requests on to Vault";
    const moved = refused("INVALID_CONFIGURATION", "REDIRECTED", words);
    return status === 302 || status === 303 ? { ...moved, executed: "maybe" } : moved;
  }
  return refused(
    "UNAVAILABLE",
    "REDIRECTED",
    "it sends the request to another server, which is followed once. Let ARCHESTRA_HASHICORP_VAULT_ADDR lead to the cluster, and look at `api_addr` of its nodes",
  );
}

/** Go's HTTP server answers so before Vault sees the request. */
function unreadable(): ClassifiedAnswer {
  return refused("INTERNAL", "UNREADABLE_REQUEST", "it cannot read the request");
}

function refused(code: SecretsErrorCode, reason: string, words: string): ClassifiedAnswer {
  return { code, reason, executed: "no", transient: false, words };
}
