import type { StoredInfo, StoredSecret } from "../backend/backend.ts";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import type { SecretValue } from "../secret/secret.ts";

/** One row, with the columns that a database has. */
export interface MemoryRow {
  readonly name: string;
  /** Told apart from an earlier secret of the same name. */
  readonly id: string;
  readonly manager: string;
  readonly state: OwnershipEntry["state"];
  readonly transitionId?: string | undefined;
  readonly transitionStartedAt?: Date | undefined;
  readonly path?: string | undefined;
  readonly copy?: OwnershipEntry["copy"] | undefined;
  /** Undefined: another manager holds the value. */
  readonly value: SecretValue | undefined;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A row of ours as `get` gives it. */
export function storedSecret(row: MemoryRow, value: SecretValue): StoredSecret {
  return { ...storedInfo(row), value };
}

/** The same without the value. */
export function storedInfo(row: MemoryRow): StoredInfo {
  return { name: row.name, version: versionOf(row), createdAt: row.createdAt, updatedAt: row.updatedAt };
}

/** Binds the life of the secret and its counter. */
export function versionOf(row: MemoryRow): string {
  return `${row.id}.${row.version}`;
}
