import { printableText } from "./printable-text.ts";
import { SecretsError } from "./secrets-error.ts";

/*
 * What a write or a deletion throws when the secret is not as it expects. Nothing was changed then. The manager adds the
 * call, its own id and the secret's name.
 */

/** NOT_FOUND: there is no secret to replace. */
export function secretNotFound(): SecretsError {
  return new SecretsError("NOT_FOUND", "There is no secret of this name. Use `create` or `set`.");
}

/** ALREADY_EXISTS: there is a secret of the name that was to be created. */
export function secretExists(): SecretsError {
  return new SecretsError("ALREADY_EXISTS", "A secret of this name exists already. Use `set` or `update`.");
}

/**
 * ALREADY_EXISTS, reason OTHER_MANAGER: the name belongs to a secret elsewhere.
 *
 * @param owner the id of the manager that holds it
 */
export function secretOfOtherManager(owner: string): SecretsError {
  const words = `The manager ${printableText(owner)} holds a secret of this name.`;
  return new SecretsError("ALREADY_EXISTS", words, { reason: "OTHER_MANAGER" });
}

/**
 * The same to whoever would create it, with what can be done.
 *
 * @param owner the id of the manager that holds it
 * @param selected the id of the manager that keeps new secrets
 */
export function secretElsewhere(owner: string, selected: string): SecretsError {
  const words = `The manager ${printableText(owner)} holds a secret of this name, and ${printableText(selected)} is selected. Use \`set\` or \`update\` to change it where it is; to have it at ${printableText(selected)}, move it with \`migrateSecrets\`, or delete it and create it anew.`;
  return new SecretsError("ALREADY_EXISTS", words, { reason: "OTHER_MANAGER" });
}

/** CONFLICT: the secret does not have the expected version. */
export function secretChanged(): SecretsError {
  const words = "The secret has another version by now; nothing was changed. Read it again and decide anew.";
  return new SecretsError("CONFLICT", words);
}

/**
 * CONFLICT, reason IN_TRANSITION: another call is in the middle of creating, moving or deleting the secret.
 *
 * @param state the state of its row
 */
export function secretInTransition(state: string): SecretsError {
  const words = `The secret is being changed by another process (${printableText(state)}); nothing was changed. Try again.`;
  return new SecretsError("CONFLICT", words, { reason: "IN_TRANSITION" });
}

/**
 * CONFLICT, reason HAS_COPY: another manager holds a copy of the secret since it was moved, which must go with it. The
 * manager that routes calls removes both.
 *
 * @param holder the id of the manager that holds the copy
 */
export function secretCopied(holder: string): SecretsError {
  const words = `The manager ${printableText(holder)} holds a copy of this secret, which must be deleted with it; nothing was changed.`;
  return new SecretsError("CONFLICT", words, { reason: "HAS_COPY" });
}

/** UNSUPPORTED: a change depends on a version, and the manager keeps none. */
export function withoutConditions(manager: string): SecretsError {
  const words = `\`ifVersion\` is not supported by ${printableText(manager)}: it has no conditional writes.`;
  return new SecretsError("UNSUPPORTED", words, { manager });
}
