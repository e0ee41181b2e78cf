import { SecretsError } from "@archestra/secrets-core/plugin";

/** The error of a setting that has to be corrected. */
export function misconfigured(reason: string, message: string): SecretsError {
  return new SecretsError("INVALID_CONFIGURATION", message, { reason });
}
