import { SecretsError } from "@archestra/secrets-core/plugin";

export function misconfigured(reason: string, message: string): SecretsError {
  return new SecretsError("INVALID_CONFIGURATION", message, { reason });
}
