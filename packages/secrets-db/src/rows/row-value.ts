import { SecretsError } from "@archestra/secrets-core";
import { assertExactNumbers, type SecretValue } from "@archestra/secrets-core/plugin";
import { tampered, unsupportedEnvelope } from "../encryption/decryption-failure.ts";
import { openEnvelope } from "../encryption/envelope-v2.ts";
import { parseJsonObject } from "../encryption/json-object.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { classifyStoredValue } from "../encryption/stored-value.ts";
import { secretPlace } from "./secret-place.ts";
import type { SecretRow } from "./secret-row.ts";

/**
 * Opens the value of a row.
 *
 * @param text what its value column holds
 * @param exactNumbers refuses a number that JavaScript would round
 * @throws SecretsError DECRYPTION_FAILED: PLAINTEXT_REJECTED for what is not sealed, TAMPERED when the envelope is not of
 * this row or its key id disagrees, UNDECRYPTABLE for a key that is not in the ring, UNSUPPORTED_ENVELOPE for the rest;
 * INVALID_VALUE: NOT_AN_OBJECT, or NUMBER_NOT_EXACT
 */
export function openRowValue(
  row: Pick<SecretRow, "id" | "name" | "key_id">,
  text: string,
  ring: KeyRing,
  exactNumbers = false,
): SecretValue {
  const place = secretPlace(row.id, row.name);
  const stored = classifyStoredValue(text);
  switch (stored.kind) {
    case "v2": {
      if (row.key_id !== stored.envelope.keyId) throw tampered(place);
      const json = openEnvelope(stored.envelope, ring, place);
      const value = parseJsonObject(json);
      if (value === undefined) throw notAnObject();
      if (exactNumbers) assertExactNumbers(json);
      return value as SecretValue;
    }
    case "plaintext":
    case "v1":
      // Beside a key id it cannot be a row that was brought along: somebody replaced the envelope.
      throw row.key_id === null ? unsealed(stored.kind) : tampered(place);
    default:
      throw unsupportedEnvelope(place);
  }
}

function unsealed(kind: "plaintext" | "v1"): SecretsError {
  const what = kind === "plaintext" ? "is not encrypted" : "is in Archestra's v1 format";
  return new SecretsError(
    "DECRYPTION_FAILED",
    `The stored value ${what}, and is not served. Restart a process that has the key which it needs: every start encrypts what was brought along. If nobody brought it, somebody else writes to the table.`,
    { reason: "PLAINTEXT_REJECTED" },
  );
}

function notAnObject(): SecretsError {
  return new SecretsError("INVALID_VALUE", "The stored value opens and is no JSON object. Set it anew.", {
    reason: "NOT_AN_OBJECT",
  });
}
