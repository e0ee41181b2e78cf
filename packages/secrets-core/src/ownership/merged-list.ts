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

/** A row, an entry of the external manager's own list, or both: they are of one name. */
export interface MergedEntry {
  readonly name: string;
  readonly entry?: ListedEntry;
  readonly listed?: SecretInfo;
}

/**
 * Lists the secrets of every owner: the rows of the table merged with what the selected external manager lists itself, in
 * one pass and one order. A row decides; what has none is the selected manager's, and will be adopted when it is used.
 *
 * @param options `listsItself` false: only the rows, as the selected manager is not permitted to list. `elsewhere`: is told
 * of rows that point elsewhere than the settings, as far as their owner is open
 */
export async function* mergedList(
  table: OwnershipTable,
  managers: Managers,
  range: ListRange,
  call: RunningCall,
  {
    listsItself,
    elsewhere,
  }: { readonly listsItself: boolean; readonly elsewhere?: EntriesElsewhere | undefined },
): AsyncGenerator<SecretInfo> {
  const { selected } = managers;
  const listing = listsItself && selected !== managers.tableManager ? selected : undefined;
  let left = range.limit ?? Number.POSITIVE_INFINITY;
  let folder: string | undefined;
  for await (const { name, entry, listed } of mergedEntries(table, listing, range, call)) {
    const inside = range.oneLevel ? folderBehind(range.prefix, name) : undefined;
    if (inside !== undefined && inside === folder) {
      // The folder was given, so that nothing needs to be found out about what is in it.
      yield Object.freeze({ name, manager: entry?.manager ?? selected.id });
      if (--left <= 0) return;
      continue;
    }
    const info = await entryInfo(name, entry, listed, managers, listing, call);
    call.assertNotEnded();
    if (info === undefined) continue;
    folder = inside;
    if (entry !== undefined) elsewhere?.look(entry, managers);
    yield info;
    if (--left <= 0) return;
  }
}

/**
 * The rows of the table and what a manager lists itself, in one order.
 *
 * @param listing undefined: only the rows
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

/** A limit asks the table for that many rows at a time, however many of them turn out to be listed. */
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

/** What is told of a name. Undefined: it reads as absent. */
async function entryInfo(
  name: string,
  entry: ListedEntry | undefined,
  listed: SecretInfo | undefined,
  { selected, tableManager }: Managers,
  listing: BackendHandle | undefined,
  call: RunningCall,
): Promise<SecretInfo | undefined> {
  if (entry === undefined) return listed;
  // What is being created is there as soon as its owner has it.
  if (entry.state === "creating" && entry.manager === selected.id) return listed;
  if (!isPresent(entry.state)) return undefined;
  if (entry.manager === tableManager.id)
    return entry.info === undefined ? undefined : tableManager.info(entry.info);
  // What points elsewhere is not looked for at the path of the settings, where nothing or something else is.
  if (entry.manager !== selected.id || listing === undefined || hasOtherPath(entry, selected))
    return Object.freeze({ name, manager: entry.manager });
  if (listed !== undefined) return listed;
  // Created since the manager began to list, or its value is gone and only the row is left.
  return (await selected.has(name, call)) ? Object.freeze({ name, manager: selected.id }) : undefined;
}

/** Whether a manager refuses to list: the table's rows are listed all the same. */
export function mayNotList(error: unknown): boolean {
  return isSecretsError(error, "PERMISSION_DENIED") || isSecretsError(error, "UNSUPPORTED");
}
