import { SecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { type ClassifiedAnswer, unexpectedAnswer } from "./classify-answer.ts";
import { serverWords } from "./server-words.ts";

/** Refusals of which the words of ours say little: those of Vault say more. */
const QUOTED_REASONS: ReadonlySet<string> = new Set([
  "UNKNOWN_REFUSAL",
  "SERVER_FAILURE",
  "UNSPECIFIED_REFUSAL",
  "FORWARDED_FOR_REFUSED",
]);

/**
 * The error that an answer becomes. It says what is known in words of ours, with the status and Vault's own id of the
 * request, by which an operator finds it in the audit log. Where the words of ours say little, an excerpt of Vault's own
 * follows, but never to a request with a body: some texts quote the input.
 *
 * @param about `subject`: what was asked, such as a path; `remedy`: what to do beside what the words say; `body`: that of
 * the request. Absent: it had none
 */
export function answerError(
  answer: VaultAnswer,
  classified: ClassifiedAnswer | undefined,
  about: { readonly subject: string; readonly remedy?: string; readonly body?: unknown },
): SecretsError {
  const { code, reason, words } = classified ?? unexpectedAnswer();
  const request = answer.requestId === undefined ? "" : `, request ${answer.requestId}`;
  const remedy = about.remedy === undefined ? "" : ` ${about.remedy}`;
  const mayQuote = about.body === undefined && QUOTED_REASONS.has(reason);
  const said = mayQuote ? serverWords(answer.errors) : undefined;
  const quote = said === undefined ? "" : ` Vault says: ${said}.`;
  return new SecretsError(
    code,
    `Vault answered HTTP ${answer.status}${request} to ${about.subject}: ${words}.${quote}${remedy}`,
    { reason },
  );
}
