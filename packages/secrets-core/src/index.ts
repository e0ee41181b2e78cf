export { ConfigurationError, type ConfigurationIssue } from "./errors/configuration-error.ts";
export type { SecretsErrorCode } from "./errors/error-codes.ts";
export type { SanitizedCause } from "./errors/sanitized-cause.ts";
export { isSecretsError, SecretsError, type SecretsErrorOptions } from "./errors/secrets-error.ts";
