import { deriveEncryptionKey, type EncryptionKey } from "./encryption-key.ts";
import { type PreviousSecret, type PreviousSecrets, parsePreviousSecrets } from "./previous-secrets.ts";

/** A secret with fewer characters can be guessed: it is warned of, and refused in strict mode. */
export const RECOMMENDED_SECRET_CHARACTERS = 32;

/** The settings that a key ring is made of; unset ones are `undefined`. */
export interface KeyRingSecrets {
  /** `ARCHESTRA_SECRETS_ENCRYPTION_SECRET`. */
  readonly encryptionSecret: string | undefined;
  /** `ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS`: a JSON array or a list of secrets, or secrets separated by commas. */
  readonly previousSecrets: PreviousSecrets | undefined;
  /** `ARCHESTRA_AUTH_SECRET`. */
  readonly authSecret: string | undefined;
}

/** A secret of the settings, as a key. */
export interface ConfiguredKey {
  /** The variable that gives it. */
  readonly variable: string;
  /** Its name in messages: the variable, or its place in the variable's list. */
  readonly label: string;
  /** How many characters the secret has. */
  readonly length: number;
  /** Whether it is in the ring. Others explain why a database cannot be decrypted. */
  readonly isUsed: boolean;
  readonly key: EncryptionKey;
}

/** The keys of a process: it writes with the current one and reads with all of them. */
export class KeyRing {
  /** The key that encrypts new values. */
  readonly current: EncryptionKey;
  /** Every key, each once, the current one first. */
  readonly keys: readonly EncryptionKey[];
  /** The settings that the keys come from, that of the current key first. Empty: they come from no settings. */
  readonly configured: readonly ConfiguredKey[];
  readonly #byId: ReadonlyMap<string, readonly EncryptionKey[]>;

  /**
   * @param current the key to write with
   * @param others the keys that only read, in the order in which they are tried; duplicates are dropped
   * @param configured the settings that the keys come from
   */
  constructor(
    current: EncryptionKey,
    others: readonly EncryptionKey[] = [],
    configured: readonly ConfiguredKey[] = [],
  ) {
    const keys = [current];
    for (const other of others) {
      if (!keys.some((key) => key.equals(other))) keys.push(other);
    }
    this.current = current;
    this.keys = Object.freeze(keys);
    this.configured = Object.freeze([...configured]);
    this.#byId = Map.groupBy(keys, ({ id }) => id);
    Object.freeze(this);
  }

  /** The keys of this id: none, one, or, since 64 bits can collide, more. The envelope's commitment shows which one it is. */
  find(keyId: string): readonly EncryptionKey[] {
    return this.#byId.get(keyId) ?? [];
  }
}

/**
 * The key ring of the settings. The current key comes from the encryption secret, else from the auth secret; the
 * previous secrets and the auth secret join it, so that what they encrypted stays readable.
 *
 * @returns `undefined` when neither an encryption secret nor an auth secret is set: there is nothing to write with
 */
export function createKeyRing(settings: KeyRingSecrets): KeyRing | undefined {
  const { encryptionSecret, previousSecrets, authSecret } = settings;
  const [current, ...others] = [
    ...single("ARCHESTRA_SECRETS_ENCRYPTION_SECRET", encryptionSecret),
    ...single("ARCHESTRA_AUTH_SECRET", authSecret),
  ];
  if (current === undefined) return undefined;
  const configured = [current, ...previousKeys(previousSecrets), ...others];
  const keys = configured.filter(({ isUsed }) => isUsed).map(({ key }) => key);
  return new KeyRing(current.key, keys, configured);
}

function single(variable: string, secret: string | undefined): ConfiguredKey[] {
  return secret === undefined ? [] : [configuredKey(variable, { secret, position: undefined }, true)];
}

function previousKeys(setting: PreviousSecrets = []): ConfiguredKey[] {
  const { secrets, unused } = parsePreviousSecrets(setting, RECOMMENDED_SECRET_CHARACTERS);
  const keyOf = (isUsed: boolean) => (secret: PreviousSecret) =>
    configuredKey("ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS", secret, isUsed);
  return [...secrets.map(keyOf(true)), ...unused.map(keyOf(false))];
}

function configuredKey(
  variable: string,
  { secret, position }: PreviousSecret,
  isUsed: boolean,
): ConfiguredKey {
  const label = position === undefined ? variable : `Secret ${position} of ${variable}`;
  return { variable, label, length: secret.length, isUsed, key: deriveEncryptionKey(secret) };
}
