import type { CallContext, ListRange } from "../backend/backend.ts";
import type { ListedEntry } from "../backend/ownership-store.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import type { SecretInfo } from "../secret/secret.ts";
import { compareNames, folderBehind } from "../secret/secret-name.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import { nextEntry } from "../store/secret-store.ts";
import type { EntriesElsewhere } from "./entries-elsewhere.ts";
import { hasOtherPath } from "./entry.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";
import { isPresent } from "./states.ts";

/** An entry of the table, an item of the external manager's own list, or both, for one name. */
export interface MergedEntry {
  readonly name: string;
  readonly entry?: ListedEntry;
  readonly listed?: SecretInfo;
}

/**
 * Lists the secrets of every owner: the entries of the table merged with the list of the selected external manager, in one
 * pass and one order. An entry decides. A name without one belongs to the selected manager, and is adopted when it is used.
 *
 * @param listing the selected manager if it is external and is permitted to list. Undefined: only the entries
 * @param elsewhere counts the entries whose path differs from the one that results from the settings
 */
export async function* mergedList(
  table: OwnershipTable,
  managers: Pick<Managers, "selected" | "tableManager">,
  listing: BackendHandle | undefined,
  range: ListRange,
  call: RunningCall,
  elsewhere?: EntriesElsewhere,
): AsyncGenerator<SecretInfo> {
  let left = range.limit ?? Number.POSITIVE_INFINITY;
  let folder: string | undefined;
  for await (const { name, entry, listed } of mergedEntries(table, listing, range, call)) {
    const inside = range.oneLevel ? folderBehind(range.prefix, name) : undefined;
    if (inside !== undefined && inside === folder) {
      // The folder was returned, so its content need not be read.
      yield Object.freeze({ name, manager: entry?.manager ?? managers.selected.id });
      if (--left <= 0) return;
      continue;
    }
    const info = await entryInfo(name, entry, listed, managers, listing, call);
    call.assertNotEnded();
    if (info === undefined) continue;
    folder = inside;
    if (entry !== undefined) elsewhere?.add(entry);
    yield info;
    if (--left <= 0) return;
  }
}

/**
 * The entries of the table and the list of a manager, in one order.
 *
 * @param listing undefined: only the entries
 */
export async function* mergedEntries(
  table: OwnershipTable,
  listing: BackendHandle | undefined,
  range: ListRange,
  call: RunningCall,
): AsyncGenerator<MergedEntry> {
  const rows = pagedRows(table, range, call);
  const { limit: _limit, ...all } = range;
  const entries = listing?.list(all, call);
  const nextListed = async (after: string | undefined) =>
    entries === undefined ? undefined : (await nextEntry(entries, after)).value;
  try {
    let entry = (await rows.next()).value ?? undefined;
    let listed = await nextListed(range.after);
    while (entry !== undefined || listed !== undefined) {
      const order =
        entry === undefined ? 1 : listed === undefined ? -1 : compareNames(entry.name, listed.name);
      const name = order <= 0 ? entry?.name : listed?.name;
      if (name === undefined) return;
      yield {
        name,
        ...(order <= 0 && entry !== undefined ? { entry } : {}),
        ...(order >= 0 && listed !== undefined ? { listed } : {}),
      };
      if (order <= 0) entry = (await rows.next()).value ?? undefined;
      if (order >= 0) listed = await nextListed(name);
    }
  } finally {
    await rows.return(undefined);
    await entries?.return?.();
  }
}

/** A limit requests that number of entries of the table at a time, however many of them are listed. */
async function* pagedRows(
  table: OwnershipTable,
  range: ListRange,
  context: CallContext,
): AsyncGenerator<ListedEntry, undefined> {
  let { after } = range;
  for (;;) {
    let received = 0;
    for await (const entry of table.list({ ...range, after }, context)) {
      received++;
      after = entry.name;
      yield entry;
    }
    if (range.limit === undefined || received < range.limit) return undefined;
  }
}

/** The information about a name. Undefined: it reads as absent. */
async function entryInfo(
  name: string,
  entry: ListedEntry | undefined,
  listed: SecretInfo | undefined,
  { selected, tableManager }: Pick<Managers, "selected" | "tableManager">,
  listing: BackendHandle | undefined,
  call: RunningCall,
): Promise<SecretInfo | undefined> {
  if (entry === undefined) return listed;
  // What is being created is there as soon as its owner has it.
  if (entry.state === "creating" && entry.manager === selected.id) return listed;
  if (!isPresent(entry.state)) return undefined;
  if (entry.manager === tableManager.id)
    return entry.info === undefined ? undefined : tableManager.info(entry.info);
  // An entry with another path is not read at the path of the settings, where another secret may be stored.
  if (entry.manager !== selected.id || listing === undefined || hasOtherPath(entry, selected))
    return Object.freeze({ name, manager: entry.manager });
  if (listed !== undefined) return listed;
  // Created since the manager began to list, or dangling.
  return (await selected.holds(name, call)) ? Object.freeze({ name, manager: selected.id }) : undefined;
}

/** Whether a manager refuses to list: the entries of the table are still listed. */
export function mayNotList(error: unknown): boolean {
  return isSecretsError(error, "PERMISSION_DENIED") || isSecretsError(error, "UNSUPPORTED");
}
