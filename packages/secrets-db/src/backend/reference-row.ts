import { SecretsError } from "@archestra/secrets-core";
import type {
  FoundReference,
  ReferenceChange,
  ReferenceExpectation,
  SecretCopy,
} from "@archestra/secrets-core/plugin";
import { type ExpressionBuilder, type Selectable, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import type { SecretsSchema, SecretTable } from "../schema/tables.ts";
import { MANAGER_ID } from "./secret-row.ts";

/** The columns of a row that a reference is made of. */
export const referenceColumns = [
  "name",
  "manager",
  "state",
  "operation_id",
  "path",
  "copy_manager",
  "copy_version",
  "copy_path",
] as const;

/** A row without what only a secret of ours has. */
export interface ReferenceRow extends Pick<Selectable<SecretTable>, (typeof referenceColumns)[number]> {
  /** Computed by the database. PostgreSQL's clients give it as text. */
  readonly operation_age: number | null;
}

/** The age of the change under way by the database's clock, which is not asked for rows without one. */
export function operationAge({ now }: Dialect) {
  return sql<number | null>`CASE WHEN operation_id IS NOT NULL THEN ${now} - operation_started_at END`.as(
    "operation_age",
  );
}

/** Optional members, to be set one after another where there is something to tell. */
type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** What a row says, as the contract has it. Whoever reads it may add the secret. */
export function referenceOf(row: ReferenceRow): Writable<FoundReference> {
  const reference: Writable<FoundReference> = { name: row.name, manager: row.manager, state: row.state };
  if (row.operation_id !== null) reference.operationId = row.operation_id;
  if (row.operation_age !== null) reference.operationAge = Number(row.operation_age);
  if (row.path !== null) reference.path = row.path;
  if (row.copy_manager !== null) {
    const copy: Writable<SecretCopy> = { manager: row.copy_manager };
    if (row.copy_version !== null) copy.version = row.copy_version;
    if (row.copy_path !== null) copy.path = row.copy_path;
    reference.copy = copy;
  }
  return reference;
}

/** Whether a row with this owner and this copy keeps a value of ours. */
export function keepsValue({ manager, copy }: Pick<ReferenceChange, "manager" | "copy">): boolean {
  return manager === MANAGER_ID || copy?.manager === MANAGER_ID;
}

/**
 * Nothing of ours leaves a value in a row that another manager owns, except as the copy that the row names.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason OWNER_MISMATCH
 */
export function assertOwner(
  { manager, copy_manager }: Pick<ReferenceRow, "manager" | "copy_manager">,
  holdsValue: boolean,
): void {
  if (!holdsValue || manager === MANAGER_ID || copy_manager === MANAGER_ID) return;
  throw new SecretsError(
    "INVALID_CONFIGURATION",
    `The row of this secret names ${manager} as the owner and holds a value of ${MANAGER_ID} all the same, without naming it as a copy: somebody edited the row. Find out who writes to the table. If the secret is ${MANAGER_ID}'s, set the column manager back to '${MANAGER_ID}'; if it is ${manager}'s, set value and key_id to NULL.`,
    { reason: "OWNER_MISMATCH" },
  );
}

/** What a change leaves in the columns that make a reference. */
export function columnsOf(change: ReferenceChange, { now }: Dialect) {
  return {
    manager: change.manager,
    state: change.state,
    operation_id: change.operationId ?? null,
    operation_started_at: change.operationId === undefined ? null : now,
    path: change.path ?? null,
    copy_manager: change.copy?.manager ?? null,
    copy_version: change.copy?.version ?? null,
    copy_path: change.copy?.path ?? null,
  };
}

/** Fits the row of a name while it is as expected, and holds no value that it should not: a change would erase it. */
export function isAsExpected(
  { eb, and }: ExpressionBuilder<SecretsSchema, "archestra_secrets">,
  expected: ReferenceExpectation,
) {
  const { name, manager, state, operationId, path, copy } = expected;
  return and([
    ...(keepsValue(expected) ? [] : [eb("value", "is", null)]),
    eb("name", "=", name),
    eb("manager", "=", manager),
    eb("state", "=", state),
    // One text for every row, in which NULL equals NULL.
    eb("operation_id", "is not distinct from", operationId ?? null),
    eb("path", "is not distinct from", path ?? null),
    eb("copy_manager", "is not distinct from", copy?.manager ?? null),
    eb("copy_version", "is not distinct from", copy?.version ?? null),
    eb("copy_path", "is not distinct from", copy?.path ?? null),
  ]);
}

/** The same of a row that was read, as it was expected or as a change leaves it. */
export function says(row: Omit<ReferenceRow, "operation_age">, told: ReferenceChange): boolean {
  return (
    row.manager === told.manager &&
    row.state === told.state &&
    row.operation_id === (told.operationId ?? null) &&
    row.path === (told.path ?? null) &&
    row.copy_manager === (told.copy?.manager ?? null) &&
    row.copy_version === (told.copy?.version ?? null) &&
    row.copy_path === (told.copy?.path ?? null)
  );
}
