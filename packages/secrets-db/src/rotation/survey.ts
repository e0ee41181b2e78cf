import { isSecretsError } from "@archestra/secrets-core";
import type { OpenDatabase } from "../database/open-database.ts";
import { classifyStoredValue, decryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { decryptRowValue } from "../rows/decrypted-row.ts";
import { rowWindows, wholeTable, withinWindow } from "../rows/row-windows.ts";
import { MANAGER_ID, type SecretRow } from "../rows/secret-row.ts";

/**
 * The state of a row for a process with this key ring.
 *
 * `readable`: can be decrypted, under the current key. `old-key`: can be decrypted, under another key of the ring.
 * `unknown-key`: encrypted under a key that is not in the ring. `plaintext`, `v1`: the next start encrypts it. `malformed`:
 * neither an envelope nor a JSON object, an envelope of a later format, or no value. `tampered`: the envelope does not belong
 * to this row, was changed, or the row's key id disagrees with it.
 */
export type SurveyedState =
  | "readable"
  | "old-key"
  | "unknown-key"
  | "plaintext"
  | "v1"
  | "malformed"
  | "tampered";

/** One row, as a survey found it. It contains no secret and can be written as JSON. */
export interface SurveyedRow {
  /** The name of the secret. */
  readonly name: string;
  /** Whether the value can be read, and why not. */
  readonly state: SurveyedState;
  /** The id of the key that the row names. Null: it names none. */
  readonly keyId: string | null;
  /** Whether the process can decrypt it or, for `plaintext` and `v1`, encrypt it. */
  readonly opens: boolean;
}

/** Reads every row that holds a value, in the order of row ids, a small part of the table at a time. Nothing is changed. */
export async function* surveyRows(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): AsyncGenerator<SurveyedRow> {
  for await (const window of rowWindows(database, undefined, wholeTable, signal)) {
    const rows = await database.statements.read({ signal }, (session) =>
      session.rows(
        withinWindow(session.db, undefined, window).select(["id", "name", "manager", "value", "key_id"]),
      ),
    );
    for (const { id, name, manager, value, key_id } of rows) {
      // The entry of a secret of another manager.
      if (value === null && manager !== MANAGER_ID) continue;
      yield { name, keyId: key_id, ...stateOf({ id, name, value, key_id }, ring) };
    }
  }
}

/** The result of decrypting every row. */
export interface VerificationReport {
  /** Whether every row can be decrypted under the current key. */
  readonly verified: boolean;
  /** Rows that hold a value. */
  readonly rows: number;
  /** Rows in each state. */
  readonly states: Readonly<Record<SurveyedState, number>>;
  /** The first hundred rows that are not `readable`. */
  readonly exceptions: readonly SurveyedRow[];
}

const EXCEPTIONS_KEPT = 100;

/** Decrypts every row of the table, whatever its key column contains. */
export async function verifyRows(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<VerificationReport> {
  const states: Record<SurveyedState, number> = {
    readable: 0,
    "old-key": 0,
    "unknown-key": 0,
    plaintext: 0,
    v1: 0,
    malformed: 0,
    tampered: 0,
  };
  const exceptions: SurveyedRow[] = [];
  let rows = 0;
  for await (const row of surveyRows(database, ring, signal)) {
    rows++;
    states[row.state]++;
    if (row.state !== "readable" && exceptions.length < EXCEPTIONS_KEPT) exceptions.push(row);
  }
  return { verified: states.readable === rows, rows, states, exceptions };
}

type StoredRow = Pick<SecretRow, "id" | "name" | "value" | "key_id">;

const stateOfReason: Readonly<Record<string, SurveyedState>> = {
  UNDECRYPTABLE: "unknown-key",
  TAMPERED: "tampered",
};

/** Does what a read of the row does, so that a survey and an application never disagree. */
function stateOf(row: StoredRow, ring: KeyRing): { readonly state: SurveyedState; readonly opens: boolean } {
  if (row.value === null) return { state: "malformed", opens: false };
  try {
    decryptRowValue(row, row.value, ring);
    return { state: row.key_id === ring.current.id ? "readable" : "old-key", opens: true };
  } catch (error) {
    if (!isSecretsError(error)) throw error;
    if (error.reason === "PLAINTEXT_REJECTED") return unencryptedState(row, row.value, ring);
    return { state: stateOfReason[error.reason ?? ""] ?? "malformed", opens: false };
  }
}

function unencryptedState(
  { id, name }: StoredRow,
  value: string,
  ring: KeyRing,
): { readonly state: SurveyedState; readonly opens: boolean } {
  const stored = classifyStoredValue(value);
  if (stored.kind !== "v1") return { state: "plaintext", opens: true };
  try {
    decryptValue(stored, ring, secretPlace(id, name));
    return { state: "v1", opens: true };
  } catch {
    return { state: "v1", opens: false };
  }
}
