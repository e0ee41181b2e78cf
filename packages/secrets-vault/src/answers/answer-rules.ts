import { type ClassifiedAnswer, refused, refusedForNow, unreadableValue } from "./classified-answer.ts";
import { jsonLimits } from "./json-limits.ts";

const mountUpgrading = refusedForNow(
  "UNAVAILABLE",
  "MOUNT_UPGRADING",
  "the mount is being upgraded to KV version 2, which can take minutes",
);
const noLeader = refusedForNow("UNAVAILABLE", "NO_LEADER", "the cluster is electing a leader");
const notRenewable = refused("UNAUTHENTICATED", "NOT_RENEWABLE", "the token cannot be renewed");
const refusedName = refused("INVALID_ARGUMENT", "REFUSED_NAME", "it refuses the name");
const refusedValue = refused(
  "INVALID_ARGUMENT",
  "REFUSED_VALUE",
  "it refuses the value for its size or shape",
);
const nameTooLong = refused(
  "INVALID_ARGUMENT",
  "REFUSED_NAME",
  "its storage refuses the name for its length",
);

/** The node that answers lags behind the cluster. */
export const laggingNode = refusedForNow(
  "UNAVAILABLE",
  "STATE_NOT_PRESENT",
  "the node has not caught up with the cluster",
);

/*
 * The texts of Vault are more precise than its statuses: some answers of 500 are permanent, some of 400 are transient, and
 * 403 has three meanings. Parts of texts are compared, since what surrounds them differs between versions. The first rule
 * of a status that matches applies. Seen on Vault 1.21.1, or read in its source at 1.21.4.
 */
export const rulesOfStatus: Readonly<Record<number, Readonly<Record<string, ClassifiedAnswer>>>> = {
  400: {
    ...jsonLimits,
    "check-and-set parameter did not match": refused(
      "CONFLICT",
      "VERSION_MISMATCH",
      "the secret was modified since it was read",
    ),
    "Upgrading from non-versioned": mountUpgrading,
    "Waiting for the primary to upgrade": mountUpgrading,
    "X-Vault-Index": refusedForNow(
      "UNAVAILABLE",
      "STATE_NOT_PRESENT",
      "it cannot read the state that another server reported under the same address",
    ),
    "lease is not renewable": notRenewable,
    "cannot be renewed": notRenewable,
    "invalid lease ID": notRenewable,
    "missing client token": refused(
      "UNAUTHENTICATED",
      "INVALID_TOKEN",
      "the request arrived without a token",
    ),
    "cannot write to a path ending in": refusedName,
    "path disabled": refused(
      "INVALID_CONFIGURATION",
      "SECONDARY_CLUSTER",
      "this cluster is a secondary for disaster recovery, which serves no secrets. Set ARCHESTRA_HASHICORP_VAULT_ADDR to the primary, or promote this one",
    ),
    "x-forwarded-for": refused(
      "INVALID_CONFIGURATION",
      "FORWARDED_FOR_REFUSED",
      "its listener requires the header X-Forwarded-For of an authorized proxy. Set ARCHESTRA_HASHICORP_VAULT_ADDR to that proxy, or correct the settings `x_forwarded_for_…` of the listener",
    ),
    "missing path": refusedName,
    "no data provided": refusedValue,
    "missing data fields": refusedValue,
  },
  403: {
    "invalid token": refused("UNAUTHENTICATED", "INVALID_TOKEN", "the token is expired, revoked or unknown"),
    "preflight capability check returned 403": refused(
      "PERMISSION_DENIED",
      "MOUNT_NOT_VISIBLE",
      "no policy of the token allows anything under this path, or nothing is mounted there",
    ),
    "1 error occurred": refused(
      "PERMISSION_DENIED",
      "POLICY",
      "no policy of the token allows this; see the path and the capability that are missing",
    ),
    "permission denied": refused(
      "PERMISSION_DENIED",
      "UNSPECIFIED_REFUSAL",
      "it refuses the token or the request. The token may be bound to another network, or its entity be disabled",
    ),
  },
  404: {
    "no handler for route": refused(
      "INVALID_CONFIGURATION",
      "MOUNT_MISSING",
      "no secrets engine is mounted there. Mount a KV engine, or correct ARCHESTRA_HASHICORP_VAULT_SECRET_PATH",
    ),
    "namespace not found": refused(
      "INVALID_CONFIGURATION",
      "NAMESPACE_MISSING",
      "there is no such namespace. Create it, or correct ARCHESTRA_HASHICORP_VAULT_NAMESPACE",
    ),
    "unsupported path": refused(
      "INVALID_CONFIGURATION",
      "NOT_KV",
      "the engine that is mounted there has no such path. Correct ARCHESTRA_HASHICORP_VAULT_SECRET_PATH",
    ),
  },
  412: { "required index state not present": laggingNode },
  500: {
    "local node not active but active cluster node not found": noLeader,
    ...jsonLimits,
    "exceeds allowed": refusedValue,
    "duplicate key": refusedValue,
    "malformed JSON": refusedValue,
    "value being too large": refused(
      "INVALID_ARGUMENT",
      "VALUE_TOO_LARGE",
      "its storage refuses the value for its size",
    ),
    "key being too large": nameTooLong,
    "file name too long": nameTooLong,
    "could not find version data": refused(
      "INTERNAL",
      "DAMAGED_SECRET",
      "it has lost the value of this secret and kept its metadata, as an interrupted deletion does. Delete the secret, then create it again",
    ),
    "json decoding failed": unreadableValue,
    "json: cannot unmarshal": unreadableValue,
    "invalid character": unreadableValue,
    "unexpected end of JSON input": unreadableValue,
    "does not exist during renewal": notRenewable,
    "no longer bound": notRenewable,
    "past the max TTL": notRenewable,
    "could not load backend configuration": refused(
      "INVALID_CONFIGURATION",
      "AUTH_NOT_CONFIGURED",
      "the auth mount is not configured. Write its `config`",
    ),
  },
  503: {
    "Vault is sealed": refusedForNow("UNAVAILABLE", "SEALED", "it is sealed. Unseal it"),
    "node is not active": noLeader,
    "no active Vault instance found": noLeader,
    "has been locked": refused(
      "PERMISSION_DENIED",
      "NAMESPACE_LOCKED",
      "API access to the namespace is locked. Unlock it",
    ),
  },
};
