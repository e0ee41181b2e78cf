import type { ListRange } from "../backend/backend.ts";
import type { OperationContext } from "../backend/operation-context.ts";
import type { ListedReference } from "../backend/reference-store.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import { nextEntry } from "../manager/next-entry.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import { folderBehind } from "../secret/folder-name.ts";
import { compareNames } from "../secret/name-order.ts";
import type { SecretInfo } from "../secret/secret.ts";
import type { Owners } from "./owners.ts";
import type { ReferenceTable } from "./reference-table.ts";
import { isReadable, pointsElsewhere } from "./row.ts";
import type { RowsElsewhere } from "./rows-elsewhere.ts";

/** A row, an entry of the external manager's own list, or both: they are of one name. */
export interface MergedEntry {
  readonly name: string;
  readonly row?: ListedReference;
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
  table: ReferenceTable,
  owners: Owners,
  range: ListRange,
  operation: Operation,
  {
    listsItself,
    elsewhere,
  }: { readonly listsItself: boolean; readonly elsewhere?: RowsElsewhere | undefined },
): AsyncGenerator<SecretInfo> {
  const { selected } = owners;
  const listing = listsItself && selected !== owners.keeper ? selected : undefined;
  let left = range.limit ?? Number.POSITIVE_INFINITY;
  let folder: string | undefined;
  for await (const { name, row, listed } of mergedEntries(table, listing, range, operation)) {
    const inside = range.oneLevel ? folderBehind(range.prefix, name) : undefined;
    if (inside !== undefined && inside === folder) {
      // The folder was given, so that nothing needs to be found out about what is in it.
      yield Object.freeze({ name, manager: row?.manager ?? selected.id });
      if (--left <= 0) return;
      continue;
    }
    const info = await entryInfo(name, row, listed, owners, listing, operation);
    operation.assertNotEnded();
    if (info === undefined) continue;
    folder = inside;
    if (row !== undefined) elsewhere?.look(row, owners);
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
  table: ReferenceTable,
  listing: Owner | undefined,
  range: ListRange,
  operation: Operation,
): AsyncGenerator<MergedEntry> {
  const rows = pagedRows(table, range, operation);
  const { limit: _limit, ...all } = range;
  const entries = listing?.list(all, operation);
  const nextListed = async (after: string | undefined) =>
    entries === undefined ? undefined : (await nextEntry(entries, after)).value;
  try {
    let row = (await rows.next()).value ?? undefined;
    let listed = await nextListed(range.after);
    while (row !== undefined || listed !== undefined) {
      const order = row === undefined ? 1 : listed === undefined ? -1 : compareNames(row.name, listed.name);
      const name = order <= 0 ? row?.name : listed?.name;
      if (name === undefined) return;
      yield {
        name,
        ...(order <= 0 && row !== undefined ? { row } : {}),
        ...(order >= 0 && listed !== undefined ? { listed } : {}),
      };
      if (order <= 0) row = (await rows.next()).value ?? undefined;
      if (order >= 0) listed = await nextListed(name);
    }
  } finally {
    await rows.return(undefined);
    await entries?.return?.();
  }
}

/** A limit asks the table for that many rows at a time, however many of them turn out to be listed. */
async function* pagedRows(
  table: ReferenceTable,
  range: ListRange,
  context: OperationContext,
): AsyncGenerator<ListedReference, undefined> {
  let { after } = range;
  for (;;) {
    let received = 0;
    for await (const row of table.list({ ...range, after }, context)) {
      received++;
      after = row.name;
      yield row;
    }
    if (range.limit === undefined || received < range.limit) return undefined;
  }
}

/** What is told of a name. Undefined: it reads as absent. */
async function entryInfo(
  name: string,
  row: ListedReference | undefined,
  listed: SecretInfo | undefined,
  { selected, keeper }: Owners,
  listing: Owner | undefined,
  operation: Operation,
): Promise<SecretInfo | undefined> {
  if (row === undefined) return listed;
  // What is being created is there as soon as its owner has it.
  if (row.state === "pending" && row.manager === selected.id) return listed;
  if (!isReadable(row)) return undefined;
  if (row.manager === keeper.id) return row.info === undefined ? undefined : keeper.info(row.info);
  // What points elsewhere is not looked for at the path of the settings, where nothing or something else is.
  if (row.manager !== selected.id || listing === undefined || pointsElsewhere(row, selected))
    return Object.freeze({ name, manager: row.manager });
  if (listed !== undefined) return listed;
  // Created since the manager began to list, or its value is gone and only the row is left.
  return (await selected.has(name, operation)) ? Object.freeze({ name, manager: selected.id }) : undefined;
}

/** Whether a manager refuses to list: the table's rows are listed all the same. */
export function mayNotList(error: unknown): boolean {
  return isSecretsError(error, "PERMISSION_DENIED") || isSecretsError(error, "UNSUPPORTED");
}
