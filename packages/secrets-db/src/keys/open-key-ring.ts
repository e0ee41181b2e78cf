import { SecretsError } from "@archestra/secrets-core";
import type { PluginContext } from "@archestra/secrets-core/plugin";
import {
  type ConfiguredKey,
  createKeyRing,
  type KeyRing,
  type KeyRingSecrets,
  RECOMMENDED_SECRET_CHARACTERS,
} from "../encryption/key-ring.ts";

/**
 * Makes the key ring of the settings. Values under any of its keys are decrypted, so all of its secrets have to be hard
 * to guess, also those that only decrypt.
 *
 * @returns `undefined` when there is no secret for a current key
 * @throws SecretsError INVALID_CONFIGURATION, reason WEAK_SECRET, in strict mode when a secret is too short
 */
export function openKeyRing(
  settings: KeyRingSecrets,
  { strict, logger }: Pick<PluginContext, "strict" | "logger">,
): KeyRing | undefined {
  const ring = createKeyRing(settings);
  if (ring === undefined) return undefined;
  const weak = weakKeys(ring);
  const messages = weak.map((key) => weakSecret(key, key === ring.configured[0]));
  if (strict && weak.length > 0) {
    throw new SecretsError("INVALID_CONFIGURATION", messages.join("\n"), { reason: "WEAK_SECRET" });
  }
  for (const [index, { variable, length }] of weak.entries()) {
    logger.warn({ code: "ARCHESTRA_SECRETS_WEAK_SECRET", variable, length }, messages[index] ?? "");
  }
  return ring;
}

/** Each setting once, although a previous secret with spaces around it is two keys. */
function weakKeys({ configured }: KeyRing): ConfiguredKey[] {
  const weak = configured.filter(({ isUsed, length }) => isUsed && length < RECOMMENDED_SECRET_CHARACTERS);
  return weak.filter(({ label }, index) => weak.findIndex((other) => other.label === label) === index);
}

function weakSecret({ label, length }: ConfiguredKey, isCurrent: boolean): string {
  const tooShort = `${label} has ${length} characters; a key that cannot be guessed needs at least ${RECOMMENDED_SECRET_CHARACTERS} random ones.`;
  return isCurrent
    ? `${tooShort} Make one with \`openssl rand -base64 48\`; if something is encrypted under this one already, move it to ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS.`
    : `${tooShort} Values that are encrypted under it are accepted, so anyone who guesses it and can write to the database can forge secrets. Move its secrets to the current key with \`sweep\` of openRotation, in a process with ARCHESTRA_SECRETS_STRICT=false, and then remove it or replace it.`;
}

/** The settings have been checked before, so this shows a bug of this package. */
export function missingSecret(): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "Neither ARCHESTRA_SECRETS_ENCRYPTION_SECRET nor ARCHESTRA_AUTH_SECRET is set.",
  );
}
