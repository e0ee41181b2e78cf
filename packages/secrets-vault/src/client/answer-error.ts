import { SecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { type ClassifiedAnswer, unexpectedAnswer } from "./classify-answer.ts";

/**
 * The error that an answer becomes. It says what is known in words of ours, with the status and Vault's own id of the
 * request, by which an operator finds it in the audit log. Vault's texts stay behind: some quote the input, some name
 * storage paths.
 *
 * @param about `subject`: what was asked, such as a path; `remedy`: what to do beside what the words say
 */
export function answerError(
  answer: VaultAnswer,
  classified: ClassifiedAnswer | undefined,
  about: { readonly subject: string; readonly remedy?: string },
): SecretsError {
  const { code, reason, words } = classified ?? unexpectedAnswer();
  const request = answer.requestId === undefined ? "" : `, request ${answer.requestId}`;
  const remedy = about.remedy === undefined ? "" : ` ${about.remedy}`;
  return new SecretsError(
    code,
    `Vault answered HTTP ${answer.status}${request} to ${about.subject}: ${words}.${remedy}`,
    { reason },
  );
}
