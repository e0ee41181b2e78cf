import { createDecipheriv } from "node:crypto";
import { base64urlText, isCanonicalBase64url } from "./base64url.ts";
import { unknownLegacyKey } from "./decryption-failure.ts";
import type { EnvelopePlace } from "./envelope-place.ts";
import type { KeyRing } from "./key-ring.ts";

/** The parts of an envelope of Archestra's own format, in canonical base64url. It names no key and binds no place. */
export interface EnvelopeV1 {
  readonly iv: string;
  readonly tag: string;
  readonly ciphertext: string;
}

const ivBytes = 12;
const tagBytes = 16;
const pattern = new RegExp(`^v1${`:(${base64urlText})`.repeat(3)}$`);

/**
 * The parts of a v1 envelope, or `undefined` when the text is not exactly one.
 *
 * @param text the string under `__encrypted`
 */
export function parseEnvelopeV1(text: string): EnvelopeV1 | undefined {
  const [, iv = "", tag = "", ciphertext = ""] = pattern.exec(text) ?? [];
  const isEnvelope =
    isCanonicalBase64url(iv, ivBytes) &&
    isCanonicalBase64url(tag, tagBytes) &&
    isCanonicalBase64url(ciphertext);
  return isEnvelope ? { iv, tag, ciphertext } : undefined;
}

/**
 * Decrypts Archestra's v1 envelope with the first key of the ring that can. The format is never written.
 *
 * @returns the JSON text that was encrypted
 * @throws SecretsError DECRYPTION_FAILED, reason UNDECRYPTABLE, when no key decrypts it
 */
export function decryptEnvelopeV1(envelope: EnvelopeV1, ring: KeyRing, place: EnvelopePlace): string {
  for (const candidate of ring.keys) {
    const json = candidate.withLegacyKey((key) => decrypt(envelope, key));
    if (json !== undefined) return json;
  }
  throw unknownLegacyKey(place);
}

function decrypt(envelope: EnvelopeV1, key: Buffer): string | undefined {
  const iv = Buffer.from(envelope.iv, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  const plaintext = decipher.update(Buffer.from(envelope.ciphertext, "base64url"));
  try {
    decipher.setAuthTag(Buffer.from(envelope.tag, "base64url"));
    decipher.final();
    return plaintext.toString();
  } catch {
    return undefined;
  } finally {
    plaintext.fill(0);
  }
}
