import { SecretsError } from "@archestra/secrets-core";
import type { KeyTable, SecretTable } from "../schema/tables.ts";

/** A row as both databases keep it, whatever their clients make of it. */
export type CopiedRow = Readonly<Record<string, string | number | null>>;

/** The types of the columns of secrets. */
const secretColumnTypes = {
  id: "text",
  name: "text",
  manager: "text",
  state: "text",
  transition_id: "text",
  transition_started_at: "number",
  path: "text",
  copy_manager: "text",
  copy_version: "text",
  copy_path: "text",
  value: "text",
  key_id: "text",
  version: "number",
  created_at: "number",
  updated_at: "number",
} as const satisfies Record<keyof SecretTable, "text" | "number">;

/** Those of keys. */
const keyColumnTypes = {
  key_id: "text",
  sequence: "number",
  canary: "text",
  registered_at: "number",
  sweep_done_at: "number",
  retired_at: "number",
} as const satisfies Record<keyof KeyTable, "text" | "number">;

export const secretColumns = Object.keys(secretColumnTypes) as (keyof SecretTable)[];
export const keyColumns = Object.keys(keyColumnTypes) as (keyof KeyTable)[];

const columnTypes: Readonly<Record<string, "text" | "number">> = { ...secretColumnTypes, ...keyColumnTypes };

export function isSameRow(left: CopiedRow, right: CopiedRow | undefined): boolean {
  return right !== undefined && Object.keys(left).every((column) => left[column] === right[column]);
}

/** @throws SecretsError INVALID_CONFIGURATION when a column holds something that not every database keeps exactly */
export function copiedRow(row: object): CopiedRow {
  const copied: Record<string, string | number | null> = {};
  for (const [column, value = null] of Object.entries(row as Record<string, unknown>)) {
    const isText = columnTypes[column] === "text";
    const kept = value === null ? null : isText ? exactText(value) : exactNumber(value);
    if (kept === undefined) throw notMovable(row, column);
    copied[column] = kept;
  }
  return copied;
}

/** PostgreSQL keeps no NUL in a text, and some clients of SQLite lose what is behind one. */
function exactText(value: unknown): string | undefined {
  return typeof value === "string" && !value.includes("\0") ? value : undefined;
}

/** Clients give a `bigint` column as a text, a number or a bigint. */
function exactNumber(value: unknown): number | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function notMovable(row: object, column: string): SecretsError {
  const { name, id, key_id } = row as Record<string, unknown>;
  const subject = JSON.stringify(String(name ?? id ?? key_id));
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The row of ${subject} holds something in the column \`${column}\` that not every database keeps exactly: bytes, a text with a NUL, a fraction, or a number beyond 2^53. It was not moved. Correct the row, and call moveDatabase again.`,
    { reason: "ROW_NOT_MOVABLE" },
  );
}
