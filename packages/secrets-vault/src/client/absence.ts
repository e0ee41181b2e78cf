import type { VaultAnswer } from "../auth/vault-answer.ts";

/**
 * Whether an answer is the one with which Vault reports that nothing is stored under a path: HTTP 404 with the body
 * `{"errors":[]}`, exactly. Other APIs answer 404 with objects among the errors, or with more members beside them.
 */
export function isAbsence({ status, body }: VaultAnswer): boolean {
  if (status !== 404 || body === undefined) return false;
  const { errors, ...more } = body;
  return Array.isArray(errors) && errors.length === 0 && Object.keys(more).length === 0;
}

/**
 * Whether an answer is the one with which KV version 2 reports a version that was deleted or destroyed: HTTP 404 with
 * Vault's envelope, no value, and the metadata of that version.
 */
export function isDeletedVersion({ status, data, requestId }: VaultAnswer): boolean {
  if (status !== 404 || requestId === undefined || typeof data !== "object" || data === null) return false;
  const { data: value, metadata } = data as Readonly<Record<string, unknown>>;
  if (value !== null || typeof metadata !== "object" || metadata === null) return false;
  const { deletion_time: deletedAt, destroyed } = metadata as Readonly<Record<string, unknown>>;
  return destroyed === true || (typeof deletedAt === "string" && deletedAt !== "");
}
