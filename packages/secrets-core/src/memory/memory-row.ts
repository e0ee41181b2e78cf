import type { StoredInfo, StoredSecret } from "../backend/backend.ts";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import { isPresent } from "../ownership/states.ts";
import type { SecretValue } from "../secret/secret.ts";

/** A row with the columns of the database's table. */
export interface MemoryRow {
  /** The name of the secret. */
  readonly name: string;
  /** Distinguishes the secret from an earlier one of the same name. */
  readonly id: string;
  /** The id of the owner. */
  readonly manager: string;
  /** The state of the entry. */
  readonly state: OwnershipEntry["state"];
  /** Identifies the transition in progress. Undefined: the entry is `active`. */
  readonly transitionId?: string | undefined;
  /** When that transition began. Undefined when `transitionId` is. */
  readonly transitionStartedAt?: Date | undefined;
  /** Where the owner stores the value. Undefined: the owner has no paths. */
  readonly path?: string | undefined;
  /** The copy at another manager. Undefined: there is none. */
  readonly copy?: OwnershipEntry["copy"] | undefined;
  /** Undefined: another manager stores the value. */
  readonly value: SecretValue | undefined;
  /** Counts the states of the secret, from 1. */
  readonly version: number;
  /** When the secret was created. */
  readonly createdAt: Date;
  /** When the value was last written. */
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
