export { isSecretsError, SecretsError } from "./errors/secrets-error.ts";
