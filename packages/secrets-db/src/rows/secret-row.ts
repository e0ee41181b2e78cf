import { isPresent } from "@archestra/secrets-core/ownership";
import type { StoredInfo } from "@archestra/secrets-core/plugin";
import type { Selectable } from "kysely";
import type { SecretTable } from "../schema/tables.ts";

/** The id of this manager in the `manager` column. */
export const MANAGER_ID = "DB";

/** Names in one statement: about as many values as can be decrypted before other work should have its turn. */
export const NAMES_AT_A_TIME = 1000;

/** The columns that a read needs. */
export type SecretRow = Pick<
  Selectable<SecretTable>,
  "id" | "name" | "manager" | "state" | "value" | "key_id" | "version" | "created_at" | "updated_at"
>;

/** Whether a row is a secret of ours that is present: in the states of creation and deletion it reads as absent. */
export function isOwnSecret({ manager, state }: Pick<SecretRow, "manager" | "state">): boolean {
  return manager === MANAGER_ID && isPresent(state);
}

/**
 * What a row tells beside its value. PostgreSQL's clients give a `bigint` as text, SQLite's as a number. The version binds the life of the secret and its counter.
 */
export function rowInfo(
  row: Pick<SecretRow, "id" | "name" | "version" | "created_at" | "updated_at">,
): StoredInfo {
  return {
    name: row.name,
    version: formatVersion(row.id, row.version),
    createdAt: new Date(Number(row.created_at)),
    updatedAt: new Date(Number(row.updated_at)),
  };
}

function formatVersion(id: string, counter: number | string): string {
  return `${id}.${counter}`;
}

/** What a version of ours says. */
export interface VersionParts {
  /** The row, which lives as long as the secret. */
  readonly id: string;
  /** How often its value was written. */
  readonly counter: number;
}

/** The parts of a version of ours. Undefined: it is none, so no secret has it. */
export function parseVersion(version: string): VersionParts | undefined {
  const separator = version.lastIndexOf(".");
  const counter = Number(version.slice(separator + 1));
  if (separator < 1 || !/\.[1-9][0-9]{0,14}$/.test(version)) return undefined;
  return { id: version.slice(0, separator), counter };
}
