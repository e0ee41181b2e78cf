import type { StoredInfo, StoredSecret } from "../backend/backend.ts";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import { isPresent } from "../ownership/states.ts";
import type { SecretValue } from "../secret/secret.ts";

/** A row with the columns of the database's table. */
export interface MemoryRow {
  readonly name: string;
  /** Distinguishes the secret from an earlier one of the same name. */
  readonly id: string;
  readonly manager: string;
  readonly state: OwnershipEntry["state"];
  readonly transitionId?: string | undefined;
  readonly transitionStartedAt?: Date | undefined;
  readonly path?: string | undefined;
  readonly copy?: OwnershipEntry["copy"] | undefined;
  /** Undefined: another manager stores the value. */
  readonly value: SecretValue | undefined;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function storedSecret(row: MemoryRow, value: SecretValue): StoredSecret {
  return { ...storedInfo(row), value };
}

export function storedInfo(row: MemoryRow): StoredInfo {
  return { name: row.name, version: versionOf(row), createdAt: row.createdAt, updatedAt: row.updatedAt };
}

/** Returns whether a manager owns a row whose secret exists. */
export function isOwnedBy(row: MemoryRow, manager: string): boolean {
  return row.manager === manager && isPresent(row.state);
}

/** Combines the life of the secret and its counter. */
export function versionOf(row: MemoryRow): string {
  return `${row.id}.${row.version}`;
}
