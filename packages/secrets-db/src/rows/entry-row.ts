import { SecretsError } from "@archestra/secrets-core";
import type {
  EntryChange,
  ExpectedEntry,
  FoundEntry,
  OwnershipEntry,
  SecretCopy,
} from "@archestra/secrets-core/ownership";
import { printableText } from "@archestra/secrets-core/plugin";
import { type ExpressionBuilder, type Selectable, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import type { SecretsSchema, SecretTable } from "../schema/tables.ts";
import { MANAGER_ID } from "./secret-row.ts";

/** The columns of an entry, as statements select them. */
export interface EntryRow extends Pick<Selectable<SecretTable>, "name" | "manager" | "state"> {
  /** The columns that few rows use, as a JSON array, with the time of the database. Null: this row uses none of them. */
  readonly details: string | null;
}

type Details = [
  transitionId: string | null,
  transitionStartedAt: number | null,
  now: number | string | null,
  path: string | null,
  copyManager: string | null,
  copyVersion: string | null,
  copyPath: string | null,
];

/**
 * Selects an entry. A secret of this manager has no details, and to read columns that are always NULL, or to let the
 * database subtract times, would make reading it slower by a tenth.
 */
export function entryColumns({ sql: { instant, jsonArray } }: Dialect) {
  const details = jsonArray(
    sql`transition_id, transition_started_at, ${instant}, path, copy_manager, copy_version, copy_path`,
  );
  return [
    "name",
    "manager",
    "state",
    sql<string | null>`
      CASE WHEN transition_id IS NOT NULL OR path IS NOT NULL OR copy_manager IS NOT NULL THEN ${details} END
    `.as("details"),
  ] as const;
}

/** Optional members, set one after another where they have a value. */
type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The entry of a row, to which the caller may add the secret. */
export function entryOf(row: EntryRow): Writable<FoundEntry> {
  const entry: Writable<FoundEntry> = { name: row.name, manager: row.manager, state: row.state };
  if (row.details === null) return entry;
  const [transitionId, startedAt, now, path, copyManager, copyVersion, copyPath] = JSON.parse(
    row.details,
  ) as Details;
  if (transitionId !== null) {
    entry.transitionId = transitionId;
    entry.transitionAge = millisecondsBetween(startedAt, now);
  }
  if (path !== null) entry.path = path;
  if (copyManager !== null) {
    const copy: Writable<SecretCopy> = { manager: copyManager };
    if (copyVersion !== null) copy.version = copyVersion;
    if (copyPath !== null) copy.path = copyPath;
    entry.copy = copy;
  }
  return entry;
}

/** A time is rounded when it is written and cut when it is read. One that was removed from the row counts as long ago. */
function millisecondsBetween(startedAt: number | null, now: number | string | null): number {
  const instant = typeof now === "string" ? Date.parse(now) : Number(now);
  return Math.max(0, instant - Number(startedAt));
}

/** Whether a row with this owner and this copy keeps a value of this manager. */
export function keepsValue({ manager, copy }: Pick<EntryChange, "manager" | "copy">): boolean {
  return manager === MANAGER_ID || copy?.manager === MANAGER_ID;
}

/**
 * This package leaves no value in a row that another manager owns, except as the copy that the row names.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason OWNER_MISMATCH
 */
export function assertOwner(entry: Pick<OwnershipEntry, "manager" | "copy">, holdsValue: boolean): void {
  if (!holdsValue || keepsValue(entry)) return;
  const manager = printableText(entry.manager);
  throw new SecretsError(
    "INVALID_CONFIGURATION",
    `The row of this secret names ${manager} as the owner and holds a value of ${MANAGER_ID} all the same, without naming it as a copy: the row was edited. Find out which program writes to the table. If the secret is ${MANAGER_ID}'s, set the column manager back to '${MANAGER_ID}'; if it is ${manager}'s, set value and key_id to NULL.`,
    { reason: "OWNER_MISMATCH" },
  );
}

/** The columns of an entry after a change. */
export function columnsOf(change: EntryChange, { sql: { now } }: Dialect) {
  return {
    manager: change.manager,
    state: change.state,
    transition_id: change.transitionId ?? null,
    transition_started_at: change.transitionId === undefined ? null : now,
    path: change.path ?? null,
    copy_manager: change.copy?.manager ?? null,
    copy_version: change.copy?.version ?? null,
    copy_path: change.copy?.path ?? null,
  };
}

/** Fits the row of a name while it is as expected, and holds no value that it should not: a change would erase it. */
export function isAsExpected(
  { eb, and }: ExpressionBuilder<SecretsSchema, "archestra_secrets">,
  expected: ExpectedEntry,
) {
  const { name, manager, state, transitionId, path, copy } = expected;
  return and([
    ...(keepsValue(expected) ? [] : [eb("value", "is", null)]),
    eb("name", "=", name),
    eb("manager", "=", manager),
    eb("state", "=", state),
    // One text for every row, in which NULL equals NULL.
    eb("transition_id", "is not distinct from", transitionId ?? null),
    eb("path", "is not distinct from", path ?? null),
    eb("copy_manager", "is not distinct from", copy?.manager ?? null),
    eb("copy_version", "is not distinct from", copy?.version ?? null),
    eb("copy_path", "is not distinct from", copy?.path ?? null),
  ]);
}
