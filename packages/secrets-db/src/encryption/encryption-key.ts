import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { EnvelopePurpose } from "./envelope-place.ts";

/** The keys of one message. They are overwritten as soon as the message is encrypted or decrypted. */
export interface MessageKeys {
  /** 32 bytes for AES-256-GCM. */
  readonly key: Buffer;
  /** 32 bytes that can only come from this secret and this salt; stored in the envelope. */
  readonly commitment: Buffer;
  /** 12 bytes; never stored, since the salt gives them again. */
  readonly nonce: Buffer;
}

// As bytes: Node encodes a text again at every call.
const extractSalt = Buffer.from("archestra-secrets");
const messageInfo: Readonly<Record<EnvelopePurpose, Buffer>> = {
  value: Buffer.from("envelope-v2/value"),
  canary: Buffer.from("envelope-v2/canary"),
};
const legacySalt = "archestra-hkdf-salt-v1";
const legacyInfo = "archestra-secret-encryption-v1";

/**
 * The key that follows from one encryption secret.
 *
 * The secret is held by OpenSSL behind a `KeyObject` in a private field: inspect, JSON and `structuredClone` show the
 * id alone. Nothing that is derived from the secret is kept but the id.
 */
export class EncryptionKey {
  readonly #secret: KeyObject;
  /** The key id: 64 bits derived from the secret, 11 characters of base64url. It is not a secret. */
  readonly id: string;

  /** Made by {@link deriveEncryptionKey}. */
  constructor(id: string, secret: KeyObject) {
    this.id = id;
    this.#secret = secret;
    Object.freeze(this);
  }

  /** Whether both come from the same secret; two secrets may, by chance, have the same id. */
  equals(other: EncryptionKey): boolean {
    return this.#secret.equals(other.#secret);
  }

  /**
   * Lends the secret to `use`, which must not keep it: messages about a key that does not fit compare its spellings.
   *
   * @param use synchronous
   */
  withSecret<Result>(use: (secret: string) => Result): Result {
    const bytes = this.#secret.export();
    try {
      return use(bytes.toString());
    } finally {
      bytes.fill(0);
    }
  }

  /**
   * Derives the keys of one message, lends them to `use`, and overwrites them afterwards.
   *
   * @param salt the 32 random bytes of the message
   * @param purpose what the message is for
   * @param use synchronous; the keys must not outlive the call
   */
  withMessageKeys<Result>(
    salt: Uint8Array,
    purpose: EnvelopePurpose,
    use: (keys: MessageKeys) => Result,
  ): Result {
    // The salt of an envelope is whatever a writer of the database put there. RFC 5869 (3.4) wants no such salt in the
    // extract step; info may be chosen by anyone.
    const info = Buffer.concat([messageInfo[purpose], salt]);
    const bytes = Buffer.from(hkdfSync("sha256", this.#secret, extractSalt, info, 76));
    try {
      return use({
        key: bytes.subarray(0, 32),
        commitment: bytes.subarray(32, 64),
        nonce: bytes.subarray(64),
      });
    } finally {
      bytes.fill(0);
    }
  }

  /**
   * Derives the one key of Archestra's v1 envelopes, lends it to `use`, and overwrites it afterwards.
   *
   * @param use synchronous; the key must not outlive the call
   */
  withLegacyKey<Result>(use: (key: Buffer) => Result): Result {
    const key = Buffer.from(hkdfSync("sha256", this.#secret, legacySalt, legacyInfo, 32));
    try {
      return use(key);
    } finally {
      key.fill(0);
    }
  }
}

/**
 * The key of an encryption secret. Equal secrets give equal keys, in every process.
 *
 * @param secret as the operator set it, never trimmed
 * @throws TypeError when it is empty
 */
export function deriveEncryptionKey(secret: string): EncryptionKey {
  if (secret === "") throw new TypeError("An encryption secret must not be empty.");
  const bytes = Buffer.from(secret);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  const id = Buffer.from(hkdfSync("sha256", key, extractSalt, "key-id", 8)).toString("base64url");
  return new EncryptionKey(id, key);
}
