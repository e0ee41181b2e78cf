import { SecretsError } from "@archestra/secrets-core";

/** The database was opened for its ownership alone, without a key, and now there is a value to open or to seal. */
export function missingKey(): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "The database holds this secret, or is to hold it, and this process has no key to encrypt it with. Set ARCHESTRA_SECRETS_ENCRYPTION_SECRET to the secret that other processes of this database have; if there is none, make one with `openssl rand -base64 48`.",
    { reason: "KEY_MISSING" },
  );
}
