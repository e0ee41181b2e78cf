import { SecretsError } from "@archestra/secrets-core";

/** The settings have been checked before, so this is what a mistake of ours would be told. */
export function missingSecret(): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "Neither ARCHESTRA_SECRETS_ENCRYPTION_SECRET nor ARCHESTRA_AUTH_SECRET is set.",
  );
}
