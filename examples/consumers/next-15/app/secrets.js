import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

/**
 * Opens the manager at the first request, not while the page is built, and once in a process: the development server
 * loads this file again after each change.
 */
export function openSecrets() {
  globalThis.secretsOpening ??= createSecretsManager({ plugins: [dbPlugin()] }).catch((error) => {
    globalThis.secretsOpening = undefined;
    throw error;
  });
  return globalThis.secretsOpening;
}
