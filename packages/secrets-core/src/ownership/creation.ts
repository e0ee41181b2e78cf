import type { CallContext } from "../backend/backend.ts";
import type { ExpectedEntry } from "../backend/ownership-store.ts";
import { assertInTime } from "../call/assert-in-time.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isOutcomeUnknown, isSecretsError } from "../errors/secrets-error.ts";
import { isSameValue } from "../secret/same-value.ts";
import type { SecretInfo, SecretValue } from "../secret/secret.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import { entryNotUpdated } from "./deletion.ts";
import type { OwnershipTable } from "./ownership-table.ts";

/**
 * Creates a secret at an external manager: first the entry, which reserves the name, then the value.
 *
 * @returns undefined when there is an entry, or a value at the manager, of this name
 * @throws the error of the write, when nothing was created; OUTCOME_UNKNOWN when that is unknown, and the next call that
 * finds the entry stale finds out
 */
export async function createAt(
  owner: BackendHandle,
  name: string,
  value: SecretValue,
  table: OwnershipTable,
  call: RunningCall,
): Promise<SecretInfo | undefined> {
  const creating = await table.insert(name, owner, "creating", call);
  if (creating === undefined) return undefined;
  let info: SecretInfo;
  try {
    assertInTime(call, owner);
    info = await owner.write(name, value, "absent", call);
  } catch (error) {
    const finishing = call.finishing();
    // The value had no entry, and has one now. Whether or not it could be activated, nothing was created.
    if (isSecretsError(error, "ALREADY_EXISTS")) {
      await activate(creating, table, finishing).catch(() => {
        throw error;
      });
      return undefined;
    }
    if (!isOutcomeUnknown(error)) {
      await table.remove(creating, finishing).catch(() => undefined);
      throw error;
    }
    const proven = await readBack(owner, name, value, finishing);
    if (proven === undefined) throw error;
    info = proven;
  }
  await activate(creating, table, call.finishing());
  return info;
}

/** An equal value proves the creation: while the entry is ours, no other process writes this name. */
async function readBack(
  owner: BackendHandle,
  name: string,
  value: SecretValue,
  context: CallContext,
): Promise<SecretInfo | undefined> {
  const secret = await owner.get(name, context).catch(() => undefined);
  if (secret === undefined || !isSameValue(secret.value, value)) return undefined;
  const { value: _value, ...info } = secret;
  return Object.freeze(info);
}

async function activate(creating: ExpectedEntry, table: OwnershipTable, context: CallContext): Promise<void> {
  try {
    if (await table.activate(creating, context)) return;
    // The call took so long that another process recovered the entry: with the value, or before the value arrived.
    const now = await table.find(creating.name, context);
    if (now?.manager === creating.manager && now.state === "active") return;
    if (now === undefined && (await table.restore(creating, context))) return;
  } catch (error) {
    throw entryNotUpdated(error);
  }
  throw entryNotUpdated();
}
