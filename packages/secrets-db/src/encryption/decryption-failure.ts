import { SecretsError } from "@archestra/secrets-core";
import type { EnvelopePlace } from "./envelope-place.ts";

/** Why a stored value cannot be decrypted: the `reason` of the error. */
export type DecryptionFailure = "UNDECRYPTABLE" | "TAMPERED" | "UNSUPPORTED_ENVELOPE";

/** No key of the ring has the id that the envelope names. The id is not a secret, and an operator searches for it. */
export function unknownKey(keyId: string, place: EnvelopePlace): SecretsError {
  return failure(
    "UNDECRYPTABLE",
    `The stored value is encrypted under the key ${keyId}, which this process does not have. ` +
      "Add that key's secret to ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS and start again. " +
      "If a rotation is in progress, its first rollout is missing here: the new secret must be in " +
      "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS of every process before any process writes with it.",
    place,
  );
}

/** No key of the ring decrypts Archestra's v1 envelope, which does not name its key. */
export function unknownLegacyKey(place: EnvelopePlace): SecretsError {
  return failure(
    "UNDECRYPTABLE",
    "The stored value is in Archestra's v1 format, and no key of this process decrypts it. " +
      "Add the secret that Archestra encrypted it with to ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS and start " +
      "again. If that secret is there, the value was damaged: set it again.",
    place,
  );
}

/** The envelope cannot be decrypted under the key that it names, or disagrees with its row. */
export function tampered(place: EnvelopePlace): SecretsError {
  return failure(
    "TAMPERED",
    "The stored value does not belong to its row: the value or its key id was changed, or it was copied from " +
      "another row, name or table. Restore the row from a backup, or set the secret again, and find out which " +
      "program writes to the table.",
    place,
  );
}

/** The envelope is of a version that this release does not know, or of none. */
export function unsupportedEnvelope(place: EnvelopePlace): SecretsError {
  return failure(
    "UNSUPPORTED_ENVELOPE",
    "The stored value is not an envelope that this release can read. If a newer release of " +
      "@archestra/secrets-db wrote it, upgrade this process; otherwise it was damaged: restore the row from a " +
      "backup, or set the secret again.",
    place,
  );
}

function failure(reason: DecryptionFailure, message: string, place: EnvelopePlace): SecretsError {
  const secretName = place.purpose === "value" ? place.name : undefined;
  return new SecretsError("DECRYPTION_FAILED", message, { reason, secretName });
}

/** The database was opened for the ownership table alone, without a key, and a value has to be encrypted or decrypted. */
export function missingKey(): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "The database holds this secret, or is to hold it, and this process has no key to encrypt it with. Set ARCHESTRA_SECRETS_ENCRYPTION_SECRET to the secret that other processes of this database have; if there is none, make one with `openssl rand -base64 48`.",
    { reason: "KEY_MISSING" },
  );
}
