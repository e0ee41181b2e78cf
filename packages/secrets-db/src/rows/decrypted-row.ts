import { SecretsError } from "@archestra/secrets-core";
import { assertExactNumbers, type SecretValue, type StoredSecret } from "@archestra/secrets-core/plugin";
import { missingKey, tampered, unsupportedEnvelope } from "../encryption/decryption-failure.ts";
import { classifyStoredValue, decryptValue, parseJsonObject } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { rowInfo, type SecretRow } from "./secret-row.ts";

/**
 * Decrypts the secret of a row of this manager that is present.
 *
 * @param ring undefined: this process has no key
 * @throws SecretsError INVALID_VALUE, reason VALUE_MISSING, for a row without a value; INVALID_CONFIGURATION, reason
 * KEY_MISSING, without a ring; as `decryptRowValue`
 */
export function decryptSecret(
  row: Omit<SecretRow, "manager" | "state">,
  ring: KeyRing | undefined,
  exactNumbers?: boolean,
): StoredSecret {
  if (row.value === null) {
    throw new SecretsError("INVALID_VALUE", "The row of the secret holds no value. Set it again.", {
      reason: "VALUE_MISSING",
    });
  }
  if (ring === undefined) throw missingKey();
  const secret = rowInfo(row) as { -readonly [Key in keyof StoredSecret]: StoredSecret[Key] };
  secret.value = decryptRowValue(row, row.value, ring, exactNumbers);
  return secret;
}

/**
 * Decrypts the value of a row.
 *
 * @param text the content of its value column
 * @param exactNumbers refuses a number that JavaScript would round
 * @throws SecretsError DECRYPTION_FAILED: PLAINTEXT_REJECTED for a value that is not encrypted, TAMPERED when the envelope
 * does not belong to this row or its key id disagrees, UNDECRYPTABLE for a key that is not in the ring,
 * UNSUPPORTED_ENVELOPE for everything else; INVALID_VALUE: NOT_AN_OBJECT, or NUMBER_NOT_EXACT
 */
export function decryptRowValue(
  row: Pick<SecretRow, "id" | "name" | "key_id">,
  text: string,
  ring: KeyRing,
  exactNumbers = false,
): SecretValue {
  const place = secretPlace(row.id, row.name);
  const stored = classifyStoredValue(text);
  switch (stored.kind) {
    case "encrypted": {
      if (row.key_id !== stored.keyId) throw tampered(place);
      const json = decryptValue(stored, ring, place);
      const value = parseJsonObject(json);
      if (value === undefined) throw notAnObject();
      if (exactNumbers) assertExactNumbers(json);
      return value as SecretValue;
    }
    case "plaintext":
    case "v1":
      // A row with a key id was not imported: its envelope was replaced.
      throw row.key_id === null ? notEncrypted(stored.kind) : tampered(place);
    default:
      throw unsupportedEnvelope(place);
  }
}

function notEncrypted(kind: "plaintext" | "v1"): SecretsError {
  const format = kind === "plaintext" ? "is not encrypted" : "is in Archestra's v1 format";
  return new SecretsError(
    "DECRYPTION_FAILED",
    `The stored value ${format}, and is not served. Restart a process that has the required key: every start encrypts imported rows. If you did not import it, another program writes to the table.`,
    { reason: "PLAINTEXT_REJECTED" },
  );
}

function notAnObject(): SecretsError {
  return new SecretsError(
    "INVALID_VALUE",
    "The stored value was decrypted and is not a JSON object. Set it again.",
    { reason: "NOT_AN_OBJECT" },
  );
}
