import { deriveEncryptionKey, type EncryptionKey } from "./encryption-key.ts";

/** The settings that a key ring is made of; unset ones are `undefined`. */
export interface KeyRingSecrets {
  /** `ARCHESTRA_SECRETS_ENCRYPTION_SECRET`. */
  readonly encryptionSecret: string | undefined;
  /** `ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS`: one secret, or several with commas between them. */
  readonly previousSecrets: string | undefined;
  /** `ARCHESTRA_AUTH_SECRET`. */
  readonly authSecret: string | undefined;
}

/** The keys of a process: it writes with the current one and reads with all of them. */
export class KeyRing {
  /** The key that seals what is written. */
  readonly current: EncryptionKey;
  /** Every key, each once, the current one first. */
  readonly keys: readonly EncryptionKey[];

  /**
   * @param current the key to write with
   * @param others the keys that only read, in the order in which they are tried; duplicates are dropped
   */
  constructor(current: EncryptionKey, others: readonly EncryptionKey[] = []) {
    const keys = [current];
    for (const other of others) {
      if (!keys.some((key) => key.equals(other))) keys.push(other);
    }
    this.current = current;
    this.keys = Object.freeze(keys);
    Object.freeze(this);
  }

  /** The keys of this id: none, one, or, since 64 bits can collide, more. The envelope's commitment tells which is meant. */
  find(keyId: string): EncryptionKey[] {
    return this.keys.filter((key) => key.id === keyId);
  }
}

/**
 * The key ring of the settings. The current key comes from the encryption secret, else from the auth secret; the
 * previous secrets and the auth secret join it, so that what they sealed stays readable.
 *
 * @returns `undefined` when neither an encryption secret nor an auth secret is set: there is nothing to write with
 */
export function createKeyRing(secrets: KeyRingSecrets): KeyRing | undefined {
  const { encryptionSecret, previousSecrets, authSecret } = secrets;
  const current = encryptionSecret ?? authSecret;
  if (current === undefined) return undefined;
  const others = previousSecrets === undefined ? [] : splitSecrets(previousSecrets);
  if (authSecret !== undefined) others.push(authSecret);
  return new KeyRing(deriveEncryptionKey(current), others.map(deriveEncryptionKey));
}

/** A comma may separate two secrets or belong to one, so the whole is tried as well. */
function splitSecrets(previousSecrets: string): string[] {
  const pieces = previousSecrets.split(",").map((piece) => piece.trim());
  return [previousSecrets, ...pieces].filter((secret) => secret !== "");
}
