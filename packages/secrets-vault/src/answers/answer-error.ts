import { SecretsError } from "@archestra/secrets-core/plugin";
import { type ClassifiedAnswer, unexpectedAnswer } from "./classified-answer.ts";
import { quotableText } from "./quotable-text.ts";
import type { VaultAnswer } from "./vault-answer.ts";

/** Refusals that the texts of Vault describe better than ours. */
const QUOTED_REASONS: ReadonlySet<string> = new Set([
  "UNKNOWN_REFUSAL",
  "SERVER_FAILURE",
  "UNSPECIFIED_REFUSAL",
  "FORWARDED_FOR_REFUSED",
]);

/**
 * Creates the error for an answer. Its message has the status and Vault's own id of the request, by which an operator finds
 * the request in the audit log. Where our message is vague, an excerpt of Vault's own follows, but never for a request with
 * a body: some texts quote the input.
 *
 * @param classified absent: the answer did not come from Vault
 * @param about `subject`: what was requested, such as a path; `remedy`: what to do beside what the message says; `body`:
 * that of the request. Absent: it had none
 */
export function answerError(
  answer: VaultAnswer,
  classified: ClassifiedAnswer | undefined,
  about: { readonly subject: string; readonly remedy?: string | undefined; readonly body?: unknown },
): SecretsError {
  const { code, reason, message } = classified ?? unexpectedAnswer;
  const request = answer.requestId === undefined ? "" : `, request ${answer.requestId}`;
  const remedy = about.remedy === undefined ? "" : ` ${about.remedy}`;
  const mayQuote = about.body === undefined && QUOTED_REASONS.has(reason);
  const excerpt = mayQuote ? quotableText(answer.errors) : undefined;
  const quote = excerpt === undefined ? "" : ` Vault says: ${excerpt}.`;
  return new SecretsError(
    code,
    `Vault answered HTTP ${answer.status}${request} to ${about.subject}: ${message}.${quote}${remedy}`,
    { reason },
  );
}
