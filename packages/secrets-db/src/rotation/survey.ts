import { setImmediate as nextTurn } from "node:timers/promises";
import { isSecretsError } from "@archestra/secrets-core";
import type { OpenDatabase } from "../database/open-database.ts";
import { classifyStoredValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import { decryptEnvelopeV1 } from "../encryption/envelope-v1.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { decryptRowValue } from "../rows/decrypted-row.ts";
import { rowWindows, wholeTable, withinWindow } from "../rows/row-windows.ts";
import { MANAGER_ID } from "../rows/secret-row.ts";

/**
 * What a row is to a process with this key ring.
 *
 * `readable`: opens, under the current key. `old-key`: opens, under another key of the ring. `unknown-key`: sealed under a
 * key that is not in the ring. `plaintext`, `v1`: not sealed; the next start encrypts it. `malformed`: no envelope of ours
 * and no JSON object, an envelope of a later format, or no value. `tampered`: the envelope is not of this row, was changed,
 * or the row's key id disagrees with it.
 */
export type SurveyedState =
  | "readable"
  | "old-key"
  | "unknown-key"
  | "plaintext"
  | "v1"
  | "malformed"
  | "tampered";

/** All states, in the order of reports. */
export const surveyedStates: readonly SurveyedState[] = Object.freeze([
  "readable",
  "old-key",
  "unknown-key",
  "plaintext",
  "v1",
  "malformed",
  "tampered",
]);

/** One row as a survey found it. It holds nothing secret and can be written as JSON. */
export interface SurveyedRow {
  /** The name of the secret. */
  readonly name: string;
  readonly state: SurveyedState;
  /** The id of the key that the row names. Null: it names none. */
  readonly keyId: string | null;
  /** Whether the process could open or, for `plaintext` and `v1`, encrypt it. */
  readonly opens: boolean;
}

/** Looks at every row that holds a value, in the order of row ids, a small part of the table at a time. Nothing is changed. */
export async function* surveyRows(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): AsyncGenerator<SurveyedRow> {
  for await (const window of rowWindows(database, undefined, wholeTable, signal)) {
    signal.throwIfAborted();
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
    await nextTurn();
  }
}

interface StoredRow {
  readonly id: string;
  readonly name: string;
  readonly value: string | null;
  readonly key_id: string | null;
}

const stateOfReason: Readonly<Record<string, SurveyedState>> = {
  UNDECRYPTABLE: "unknown-key",
  TAMPERED: "tampered",
};

/** By what a read of the row would do, so that a survey and an application never disagree. */
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
    decryptEnvelopeV1(stored.envelope, ring, secretPlace(id, name));
    return { state: "v1", opens: true };
  } catch {
    return { state: "v1", opens: false };
  }
}
