import { SecretsError } from "@archestra/secrets-core/plugin";
import { answerError } from "../answers/answer-error.ts";
import { classifyAnswer } from "../answers/classify-answer.ts";
import type { VaultAnswer } from "../answers/vault-answer.ts";

/**
 * The error of a login that Vault did not grant, in the way that all methods share. A method that knows more, such as
 * which role is missing, inspects the answer first.
 *
 * @param method the name of the method, for messages
 */
export function classifyLogin(answer: VaultAnswer, method: string): SecretsError {
  const classified = classifyAnswer(answer);
  const subject = { subject: `the login by ${method}`, body: {} };
  if (classified !== undefined && ABOUT_THE_ADDRESS.has(classified.reason))
    return answerError(answer, classified, subject);
  // Vault answers a login to a path without a mount with 403, so that mounts cannot be probed without a token.
  if (answer.status === 400 || answer.status === 403 || answer.status === 404) {
    const text = answer.errors.join(" ");
    const reason = text.includes("no handler for route") ? "MOUNT_MISSING" : "LOGIN_REFUSED";
    return new SecretsError(
      reason === "MOUNT_MISSING" ? "INVALID_CONFIGURATION" : "UNAUTHENTICATED",
      `Vault refused the login by ${method} (HTTP ${answer.status}). Either the credential is wrong, expired or bound to something else, or the role or the auth mount does not exist: Vault does not report which. When the auth method is mounted in another namespace than the secrets, set ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE.`,
      { reason },
    );
  }
  return answerError(answer, classified, subject);
}

/** Reasons for a wrong address or namespace, which prove nothing about the credential. */
const ABOUT_THE_ADDRESS: ReadonlySet<string> = new Set([
  "NAMESPACE_MISSING",
  "NOT_VAULT",
  "UNREADABLE_REQUEST",
  "SECONDARY_CLUSTER",
  "FORWARDED_FOR_REFUSED",
]);
