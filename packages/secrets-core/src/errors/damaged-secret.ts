import { isSecretsError } from "./secrets-error.ts";

/**
 * Returns whether an error of a backend states that a secret exists and cannot be read: its stored form is damaged, or cannot be
 * decrypted. Such a secret can be replaced by `set` and removed by `delete`. The error has the code INVALID_VALUE or
 * DECRYPTION_FAILED, or any code and the reason DAMAGED_SECRET.
 */
export function isDamagedSecret(error: unknown): boolean {
  if (!isSecretsError(error)) return false;
  const { code, reason } = error;
  return code === "INVALID_VALUE" || code === "DECRYPTION_FAILED" || reason === "DAMAGED_SECRET";
}
