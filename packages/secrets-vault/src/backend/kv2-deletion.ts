import { type CallContext, isSecretsError } from "@archestra/secrets-core/plugin";
import { ATTEMPTS, waitBeforeRetry, waitWithin } from "../client/retry-policy.ts";
import type { ClientRequest } from "../client/vault-client.ts";
import type { CallLimits } from "../http/call-limits.ts";
import { isSameVersion, readMetadata, type StoredVersion } from "./kv2-answers.ts";
import { outcomeUnknown, readBackLimits, type VaultRequests } from "./vault-requests.ts";

/** A request for the metadata of a secret, to the leading node. */
export function metadataRequest(name: string, path: string): ClientRequest {
  const subject = `reading the metadata of ${JSON.stringify(name)}`;
  return { method: "GET", path, fromLeader: true, subject };
}

/**
 * Deletes a secret on KV 2 with all of its versions. Deletions have no condition: one whose answer was lost is repeated only
 * while the secret still has the version that it had before, since another process may have created it again.
 *
 * @param path the path of the secret's metadata
 * @param expected the version that it has. Absent: it is read first
 * @returns false when there was nothing left to delete
 * @throws OUTCOME_UNKNOWN when the answer was lost and the secret has another version, or cannot be read
 */
export async function deleteVersions(
  requests: VaultRequests,
  name: string,
  path: string,
  expected: StoredVersion | undefined,
  context: CallContext,
): Promise<boolean> {
  const deletion: ClientRequest = { method: "DELETE", path, subject: `deleting ${JSON.stringify(name)}` };
  const metadata = metadataRequest(name, path);
  const before = expected ?? (await readIfPermitted(requests, metadata, context));
  if (before === null) return false;
  for (let attempt = 0; ; attempt++) {
    const error = await requests.writeOnce(deletion, context);
    if (error === undefined) return true;
    const current = await readCurrent(requests, metadata, readBackLimits(context)).catch(() => undefined);
    if (current === null) return true;
    const isSame = current !== undefined && before !== undefined && isSameVersion(before, current);
    const canRepeat = isSame && attempt + 1 < ATTEMPTS;
    if (!canRepeat || !(await waitWithin(waitBeforeRetry(attempt), context))) throw outcomeUnknown(error);
  }
}

/** A token that can delete but not read the metadata can delete all the same: the deletion is then sent once. */
function readIfPermitted(
  requests: VaultRequests,
  request: ClientRequest,
  context: CallContext,
): Promise<StoredVersion | null | undefined> {
  return readCurrent(requests, request, context).catch((error: unknown) => {
    if (isSecretsError(error, "PERMISSION_DENIED")) return undefined;
    throw error;
  });
}

/**
 * Reads the current version, which may be deleted.
 *
 * @returns null when there is no secret; undefined when the metadata has no version
 * @throws UNAVAILABLE, reason UNEXPECTED_ANSWER, when the answer did not come from Vault
 */
async function readCurrent(
  requests: VaultRequests,
  request: ClientRequest,
  limits: CallLimits,
): Promise<StoredVersion | null | undefined> {
  const answer = await requests.read(request, limits);
  if (answer.status === 404) return null;
  const metadata = readMetadata(answer);
  if (metadata === undefined) throw requests.unexpected(request, answer);
  return metadata.current;
}
