import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, timingSafeEqual } from "node:crypto";
import { SecretsError } from "@archestra/secrets-core";
import { base64urlText, isCanonicalBase64url } from "./base64url.ts";
import { tampered, unknownKey } from "./decryption-failure.ts";
import type { EncryptionKey, MessageKeys } from "./encryption-key.ts";
import { type EnvelopePlace, encodeAuthenticatedData } from "./envelope-place.ts";
import type { KeyRing } from "./key-ring.ts";

/** The parts of a v2 envelope, each in canonical base64url and of the right length. Nothing is proven of them yet. */
export interface EnvelopeV2 {
  readonly keyId: string;
  readonly salt: string;
  readonly commitment: string;
  readonly tag: string;
  readonly ciphertext: string;
}

/**
 * The most bytes of JSON that an envelope holds, padding included. Callers may write 512 KiB; the rest is for values
 * that an application imported, which a sweep must be able to encrypt and every read to decrypt.
 */
export const MAX_PLAINTEXT_BYTES = 16 * 1024 * 1024;

const algorithm = "aes-256-gcm";
const keyIdBytes = 8;
const saltBytes = 32;
const commitmentBytes = 32;
const tagBytes = 16;
const blockBytes = 32;
const space = 0x20;
const maxCiphertextCharacters = Math.ceil((MAX_PLAINTEXT_BYTES * 4) / 3);
const pattern = new RegExp(`^v2${`:(${base64urlText})`.repeat(5)}$`);

/**
 * Encrypts JSON text for one place.
 *
 * @param json padded with spaces, so that the length of the envelope reveals less
 * @returns the text of the envelope, different at every call
 * @throws SecretsError INVALID_ARGUMENT, reason VALUE_TOO_LARGE, when it does not fit in an envelope
 */
export function encryptEnvelopeV2(json: string, key: EncryptionKey, place: EnvelopePlace): string {
  const plaintext = padJson(json);
  const salt = randomBytes(saltBytes);
  return key.withMessageKeys(salt, place.purpose, (keys) => {
    const cipher = createCipheriv(algorithm, createSecretKey(keys.key), keys.nonce, {
      authTagLength: tagBytes,
    });
    cipher.setAAD(encodeAuthenticatedData(key.id, place));
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    plaintext.fill(0);
    const parts = [salt, keys.commitment, cipher.getAuthTag(), ciphertext];
    return `v2:${key.id}:${parts.map((part) => part.toString("base64url")).join(":")}`;
  });
}

/**
 * The parts of a v2 envelope, or `undefined` when the text is not exactly one. Lengths are checked before anything is
 * decoded.
 *
 * @param text the string under `__encrypted`
 */
export function parseEnvelopeV2(text: string): EnvelopeV2 | undefined {
  const [, keyId = "", salt = "", commitment = "", tag = "", ciphertext = ""] = pattern.exec(text) ?? [];
  const isEnvelope =
    isCanonicalBase64url(keyId, keyIdBytes) &&
    isCanonicalBase64url(salt, saltBytes) &&
    isCanonicalBase64url(commitment, commitmentBytes) &&
    isCanonicalBase64url(tag, tagBytes) &&
    ciphertext.length <= maxCiphertextCharacters &&
    isCanonicalBase64url(ciphertext);
  return isEnvelope ? { keyId, salt, commitment, tag, ciphertext } : undefined;
}

/**
 * Decrypts an envelope at its place.
 *
 * @returns the JSON text that was encrypted, without its padding
 * @throws SecretsError DECRYPTION_FAILED: UNDECRYPTABLE when the ring has no key of that id, else TAMPERED
 */
export function decryptEnvelopeV2(envelope: EnvelopeV2, ring: KeyRing, place: EnvelopePlace): string {
  const candidates = ring.find(envelope.keyId);
  if (candidates.length === 0) throw unknownKey(envelope.keyId, place);
  const salt = Buffer.from(envelope.salt, "base64url");
  const commitment = Buffer.from(envelope.commitment, "base64url");
  for (const key of candidates) {
    const json = key.withMessageKeys(salt, place.purpose, (keys) =>
      timingSafeEqual(keys.commitment, commitment) ? decrypt(envelope, keys, place) : undefined,
    );
    if (json !== undefined) return json;
  }
  throw tampered(place);
}

function decrypt(envelope: EnvelopeV2, keys: MessageKeys, place: EnvelopePlace): string {
  const decipher = createDecipheriv(algorithm, createSecretKey(keys.key), keys.nonce, {
    authTagLength: tagBytes,
  });
  decipher.setAAD(encodeAuthenticatedData(envelope.keyId, place));
  const plaintext = decipher.update(Buffer.from(envelope.ciphertext, "base64url"));
  try {
    decipher.setAuthTag(Buffer.from(envelope.tag, "base64url"));
    decipher.final();
    return unpadJson(plaintext);
  } catch {
    throw tampered(place);
  } finally {
    plaintext.fill(0);
  }
}

/*
 * Both ciphers get a KeyObject: Node 24.21 distinguishes a Buffer from a key by an exception that it throws and catches, twice a
 * call, which takes longer than the cipher.
 */

/** JSON ignores spaces at its end, so a reader need not know that there is padding. */
function padJson(json: string): Buffer {
  const bytes = Math.ceil(Buffer.byteLength(json) / blockBytes) * blockBytes;
  if (bytes > MAX_PLAINTEXT_BYTES) {
    throw new SecretsError(
      "INVALID_ARGUMENT",
      `The value has about ${bytes} bytes as JSON, more than the ${MAX_PLAINTEXT_BYTES} that can be encrypted at once. Shorten it, or keep it elsewhere.`,
      { reason: "VALUE_TOO_LARGE" },
    );
  }
  const padded = Buffer.alloc(bytes, space);
  padded.write(json);
  return padded;
}

function unpadJson(plaintext: Buffer): string {
  let end = plaintext.length;
  while (end > 0 && plaintext[end - 1] === space) end--;
  return plaintext.toString("utf8", 0, end);
}
