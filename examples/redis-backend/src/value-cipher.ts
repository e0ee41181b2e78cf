import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { SecretsError, type SecretValue } from "@archestra/secrets-core/plugin";

const ALGORITHM = "aes-256-gcm";
const FORMAT = "v1.";
const [IV_BYTES, TAG_BYTES] = [12, 16];

/** The state of a secret to which a ciphertext is bound: it is decrypted for this state only. */
export interface EncryptedState {
  readonly key: string;
  readonly version: string;
}

/** Encrypts and decrypts values with AES-256-GCM. */
export class ValueCipher {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  encrypt(value: SecretValue, state: EncryptedState): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(state));
    const text = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
    return FORMAT + Buffer.concat([iv, cipher.getAuthTag(), text]).toString("base64");
  }

  /** @throws DECRYPTION_FAILED when the text was not written for this state with this key. It quotes nothing. */
  decrypt(text: string, state: EncryptedState): SecretValue {
    try {
      if (!text.startsWith(FORMAT)) throw new TypeError("another format");
      const bytes = Buffer.from(text.slice(FORMAT.length), "base64");
      const iv = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv(ALGORITHM, this.#key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(boundTo(state));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const parts = [decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()];
      return JSON.parse(Buffer.concat(parts).toString());
    } catch {
      throw new SecretsError(
        "DECRYPTION_FAILED",
        "The stored value cannot be decrypted with SECRETS_REDIS_KEY, or belongs to another secret or version. Restore the key or the value, or set the secret again.",
      );
    }
  }
}

function boundTo({ key, version }: EncryptedState): Buffer {
  return Buffer.from(JSON.stringify([key, version]));
}
