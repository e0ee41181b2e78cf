import { SecretsError } from "@archestra/secrets-core/plugin";
import { answerError } from "../client/answer-error.ts";
import { classifyAnswer } from "../client/classify-answer.ts";
import type { VaultAnswer } from "./vault-answer.ts";

/**
 * The error of a login that Vault did not grant, by what is alike for every method. A method that knows more, such as
 * which role is missing, looks at the answer first.
 *
 * @param method the name of the method, for messages
 */
export function classifyLogin(answer: VaultAnswer, method: string): SecretsError {
  const classified = classifyAnswer(answer);
  if (classified !== undefined && isAboutTheAddress(classified.reason))
    return answerError(answer, classified, { subject: `the login by ${method}`, body: {} });
  // A login to a path without a mount is 403 and not 404, so that nobody can probe for mounts without a token.
  if (answer.status === 400 || answer.status === 403 || answer.status === 404) {
    const text = answer.errors.join(" ");
    const reason = text.includes("no handler for route") ? "MOUNT_MISSING" : "LOGIN_REFUSED";
    return new SecretsError(
      reason === "MOUNT_MISSING" ? "INVALID_CONFIGURATION" : "UNAUTHENTICATED",
      `Vault refused the login by ${method} (HTTP ${answer.status}). Either the credential is wrong, expired or bound to something else, or the role or the auth mount does not exist: Vault does not tell which. When the auth method is mounted in another namespace than the secrets, set ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE.`,
      { reason },
    );
  }
  return answerError(answer, classified, { subject: `the login by ${method}`, body: {} });
}

const ABOUT_THE_ADDRESS: ReadonlySet<string> = new Set([
  "NAMESPACE_MISSING",
  "NOT_VAULT",
  "UNREADABLE_REQUEST",
  "SECONDARY_CLUSTER",
  "FORWARDED_FOR_REFUSED",
]);

/** Whether the answer says that the address or the namespace is wrong, and nothing of the credential. */
function isAboutTheAddress(reason: string): boolean {
  return ABOUT_THE_ADDRESS.has(reason);
}
