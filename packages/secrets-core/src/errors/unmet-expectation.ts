import { printableText } from "./printable-text.ts";
import { SecretsError } from "./secrets-error.ts";

/*
 * Errors of a write or a deletion whose expectation is not met. Nothing was changed. The manager adds the call, its own id
 * and the name of the secret.
 */

/** NOT_FOUND: the secret to replace does not exist. */
export function secretNotFound(): SecretsError {
  return new SecretsError("NOT_FOUND", "No secret of this name exists. Use `create` or `set`.");
}

/** ALREADY_EXISTS: the secret to create exists. */
export function secretExists(): SecretsError {
  return new SecretsError("ALREADY_EXISTS", "A secret of this name already exists. Use `set` or `update`.");
}

/**
 * ALREADY_EXISTS, reason OTHER_MANAGER: another manager owns a secret of this name.
 *
 * @param owner the id of that manager
 */
export function secretOfOtherManager(owner: string): SecretsError {
  const message = `The manager ${printableText(owner)} owns a secret of this name.`;
  return new SecretsError("ALREADY_EXISTS", message, { reason: "OTHER_MANAGER" });
}

/** The same for `create`, with the remedy. */
export function secretElsewhere(owner: string, selected: string): SecretsError {
  const message = `The manager ${printableText(owner)} owns a secret of this name, but ${printableText(selected)} is selected. To change its value, use \`set\` or \`update\`. To move it to ${printableText(selected)}, use \`migrateSecrets\`, or delete and recreate it.`;
  return new SecretsError("ALREADY_EXISTS", message, { reason: "OTHER_MANAGER" });
}

/** CONFLICT: the secret does not have the expected version. */
export function secretChanged(): SecretsError {
  const message =
    "The secret was modified since you read it. Nothing was changed. Read it again and retry with the new value.";
  return new SecretsError("CONFLICT", message);
}

/**
 * CONFLICT, reason IN_TRANSITION: another call is creating, moving or deleting the secret.
 *
 * @param state the state of the entry
 */
export function secretInTransition(state: string): SecretsError {
  const message = `Another process is changing the secret (${printableText(state)}). Nothing was changed. Try again.`;
  return new SecretsError("CONFLICT", message, { reason: "IN_TRANSITION" });
}

/**
 * CONFLICT, reason HAS_COPY: another manager has a copy of the secret since a move. It must be deleted with the secret,
 * which only the secrets manager can do.
 *
 * @param holder the id of the manager that has the copy
 */
export function secretCopied(holder: string): SecretsError {
  const message = `The manager ${printableText(holder)} has a copy of this secret, which must be deleted with it. Nothing was changed.`;
  return new SecretsError("CONFLICT", message, { reason: "HAS_COPY" });
}

/** UNSUPPORTED: a change depends on a version, but the manager has no conditional writes. */
export function withoutConditions(manager: string): SecretsError {
  const message = `${printableText(manager)} does not support \`ifVersion\`: it has no conditional writes.`;
  return new SecretsError("UNSUPPORTED", message, { manager });
}
