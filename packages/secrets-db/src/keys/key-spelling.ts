import type { Logger } from "@archestra/secrets-core";
import { deriveEncryptionKey, type EncryptionKey } from "../encryption/encryption-key.ts";
import { type ConfiguredKey, KeyRing } from "../encryption/key-ring.ts";
import { spellingsOf, unusualEnds } from "../encryption/secret-spellings.ts";
import { decryptsCanary, type RegisteredKey } from "./registered-keys.ts";

const PREVIOUS = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS";

/**
 * Finds the settings that would give registered keys if they were spelled differently, proven by the canaries. Nothing is
 * changed, and no spelling becomes a key of the process.
 *
 * @param keys the registered keys that the ring does not have
 * @returns sentences with the remedy, which quote no secret. Empty: no spelling gives any of them
 */
export function explainUnprovenKeys(ring: KeyRing, keys: readonly RegisteredKey[]): string[] {
  const closed = keys.filter((key) => !decryptsCanary(ring, key));
  if (closed.length === 0) return [];
  return [...new Set(ring.configured.flatMap((configured) => explain(configured, closed)))];
}

/** Warns when the key that was registered first comes from a secret whose ends are probably a mistake. */
export function warnOfUnusualSpelling({ current, configured }: KeyRing, logger: Logger): void {
  const ends = current.withSecret(unusualEnds);
  const variable = configured[0]?.variable;
  if (ends === undefined || variable === undefined) return;
  logger.warn(
    { code: "ARCHESTRA_SECRETS_UNUSUAL_KEY_SPELLING", variable, keyId: current.id },
    `${variable} ${ends}. This is a part of the encryption key, so every process must be given exactly the same text. If it comes from a Kubernetes Secret, an env file or an editor and is not intended, correct ${variable} and put the present text into ${PREVIOUS} as a JSON array of strings.`,
  );
}

function explain(configured: ConfiguredKey, closed: readonly RegisteredKey[]): string[] {
  const { key, label, variable, isUsed } = configured;
  if (!isUsed && opensAny(key, closed)) {
    return label === variable
      ? [
          `${variable}, taken whole as one secret, opens this database. Write it as a JSON array of one string.`,
        ]
      : [
          `${label}, which has under 32 characters, opens this database. So short a piece between commas is not used as a key, because it may be a part of a secret that contains commas. To use it, write ${variable} as a JSON array of strings.`,
        ];
  }
  return key.withSecret((secret) =>
    spellingsOf(secret).flatMap((spelling) =>
      opensAny(deriveEncryptionKey(spelling.secret), closed)
        ? [
            `${label} ${spelling.difference} opens this database. Restore that spelling. To keep the present one, put that spelling into ${PREVIOUS} as a JSON array of strings, in which \\n is a newline, \\r\\n a CRLF line break and \\ufeff a byte-order mark.`,
          ]
        : [],
    ),
  );
}

function opensAny(key: EncryptionKey, keys: readonly RegisteredKey[]): boolean {
  // The id first: a canary costs a derivation of its own.
  return keys.some(
    (registered) => registered.keyId === key.id && decryptsCanary(new KeyRing(key), registered),
  );
}
