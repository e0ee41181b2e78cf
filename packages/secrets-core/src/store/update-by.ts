import { nextValue } from "../call/caller-code.ts";
import { retry, unlessOvertaken } from "../call/retry.ts";
import type { RunningCall } from "../call/running-call.ts";
import { secretChanged, secretNotFound } from "../errors/unmet-expectation.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import type { BackendHandle } from "./backend-handle.ts";

/** A secret that was read, with its owner. */
export interface OwnedSecret {
  readonly owner: BackendHandle;
  readonly secret: Secret;
}

/**
 * Replaces a value by what the caller's function makes of it. When another call is faster, the secret is read again and the
 * function called again.
 *
 * @param read undefined: the secret does not exist
 * @param write writes under the version that was read. Undefined: the secret was changed or moved since
 */
export async function updateBy<Found extends OwnedSecret>(
  change: (current: SecretValue) => unknown,
  ifVersion: SecretVersion | undefined,
  call: RunningCall,
  read: () => Promise<Found | undefined>,
  write: (found: Found, next: SecretValue) => Promise<SecretInfo | undefined>,
): Promise<SecretInfo> {
  return retry(call, async () => {
    const found = await read();
    if (found === undefined) throw secretNotFound();
    const { owner, secret } = found;
    if (ifVersion !== undefined) owner.assertConditional();
    if (ifVersion !== undefined && secret.version !== ifVersion) throw secretChanged();
    const next = await nextValue(change, secret.value);
    return unlessOvertaken(() => write(found, next));
  });
}
