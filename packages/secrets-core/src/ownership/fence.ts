import { retry, unlessOvertaken } from "../call/retry.ts";
import type { RunningCall } from "../call/running-call.ts";
import type { Secret, SecretVersion } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { OwnershipTable } from "./ownership-table.ts";

/** A value that no other call can have written since. */
export interface FencedSecret {
  /** Undefined: there is no value. */
  readonly secret: Secret | undefined;
  /**
   * The owner's own version of it. Undefined: the owner has no conditional writes, and a call that read the entry before may
   * still write.
   */
  readonly version?: SecretVersion | undefined;
}

/**
 * Reads the value of a secret whose entry is in a transition, so that no other call changes it afterwards: the value is
 * rewritten at its owner under the version that was read. A call that read the entry before the transition, and writes under
 * the earlier version, cannot succeed any more.
 */
export function fence(
  name: string,
  owner: BackendHandle,
  table: OwnershipTable,
  call: RunningCall,
): Promise<FencedSecret> {
  return retry(call, async () => {
    const secret = await readExactly(name, owner, table, call);
    const expect = secret && owner.unchanged(secret);
    if (secret === undefined || typeof expect !== "object") return { secret };
    // Its writes check the state of the entry in the same statement.
    if (table.isKeptBy(owner)) return { secret, version: expect.version };
    // A writer that had read the entry before may be faster, or a program without the table delete the secret.
    const written = await unlessOvertaken(() => owner.write(name, secret.value, expect, call));
    const version = written?.version && owner.expectation(written.version)?.version;
    return written && { secret, version };
  });
}

/** Reads a value that will be written again, so it must not be rounded. */
export async function readExactly(
  name: string,
  owner: BackendHandle,
  table: OwnershipTable,
  call: RunningCall,
): Promise<Secret | undefined> {
  if (!table.isKeptBy(owner)) return owner.get(name, call.exact());
  const stored = (await table.read(name, call.exact()))?.secret;
  return stored && owner.secret(name, stored);
}
