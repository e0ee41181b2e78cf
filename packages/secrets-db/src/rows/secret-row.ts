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

/** The columns of a row beside its value. */
export const infoColumns = ["id", "name", "version", "created_at", "updated_at"] as const;

export type SecretInfoRow = Pick<SecretRow, (typeof infoColumns)[number]>;

/** Whether a row is a secret of this manager that is present: in the states of creation and deletion it reads as absent. */
export function isOwnSecret({ manager, state }: Pick<SecretRow, "manager" | "state">): boolean {
  return manager === MANAGER_ID && isPresent(state);
}

/**
 * The description of a secret. PostgreSQL's clients give a `bigint` as text, SQLite's as a number. The version binds the life
 * of the secret and its counter.
 */
export function rowInfo({ id, name, version, created_at, updated_at }: SecretInfoRow): StoredInfo {
  return {
    name,
    version: `${id}.${version}`,
    createdAt: new Date(Number(created_at)),
    updatedAt: new Date(Number(updated_at)),
  };
}

/**
 * Parses a version of this manager: the id of the row, which lives as long as the secret, and how often its value was
 * written. Undefined: it is not one, so no secret has it.
 */
export function parseVersion(version: string): { id: string; counter: number } | undefined {
  const separator = version.lastIndexOf(".");
  const counter = Number(version.slice(separator + 1));
  if (separator < 1 || !/\.[1-9][0-9]{0,14}$/.test(version)) return undefined;
  return { id: version.slice(0, separator), counter };
}
