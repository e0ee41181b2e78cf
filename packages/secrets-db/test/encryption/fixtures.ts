import { isSecretsError } from "@archestra/secrets-core";
import { unsupportedEnvelope } from "../../src/encryption/decryption-failure.ts";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { classifyStoredValue } from "../../src/encryption/envelope.ts";
import type { EnvelopePlace } from "../../src/encryption/envelope-place.ts";
import { decryptEnvelopeV2, type EnvelopeV2 } from "../../src/encryption/envelope-v2.ts";
import { KeyRing } from "../../src/encryption/key-ring.ts";

export const place: EnvelopePlace = {
  table: "archestra_secrets",
  rowId: "0193a7c2-5b1e-7c44-9d0a-3f6b8e2d1c90",
  name: "team-a/github_token",
  purpose: "value",
};

/** The characters of base64url. */
export const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export const secretA = "a-secret-of-the-tests-with-44-characters-aaaa";
export const secretB = "b-secret-of-the-tests-with-44-characters-bbbb";
export const keyA = deriveEncryptionKey(secretA);
export const keyB = deriveEncryptionKey(secretB);
export const ring = new KeyRing(keyA, [keyB]);

/** What a read does with a stored text: classify, then open. Plaintext is answered as `undefined`. */
export function openStored(
  stored: string,
  keys: KeyRing = ring,
  at: EnvelopePlace = place,
): string | undefined {
  const found = classifyStoredValue(stored);
  if (found.kind === "plaintext") return undefined;
  if (found.kind !== "encrypted") throw unsupportedEnvelope(at);
  return decryptEnvelopeV2(found.envelope, keys, at);
}

/** The reason of the `DECRYPTION_FAILED` that a call throws. Anything else that it throws fails the test. */
export function reasonOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    if (isSecretsError(error, "DECRYPTION_FAILED") && !error.retryable) return error.reason;
    throw error;
  }
  return "IT_OPENED";
}

export function parts(stored: string): EnvelopeV2 {
  const found = classifyStoredValue(stored);
  if (found.kind !== "encrypted") throw new Error(`not a v2 envelope but ${found.kind}`);
  return found.envelope;
}

/** The stored text of these parts, whatever their shape. */
export function join(envelope: EnvelopeV2): string {
  const { keyId, salt, commitment, tag, ciphertext } = envelope;
  return JSON.stringify({ __encrypted: ["v2", keyId, salt, commitment, tag, ciphertext].join(":") });
}
