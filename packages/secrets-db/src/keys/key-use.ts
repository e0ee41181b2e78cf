import type { Waiting } from "../database/attempt.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { countInPieces, distinctTexts, wholeTable, withinWindow } from "../rows/row-windows.ts";

/** The keys that encrypted rows name, each once. */
export function usedKeyIds(session: Session): Promise<string[]> {
  return distinctTexts(session, "key_id", "value IS NOT NULL");
}

/** The keys that encrypted rows name and that the ring does not have. */
export async function unknownKeyIds(session: Session, ring: KeyRing): Promise<string[]> {
  return (await usedKeyIds(session)).filter((keyId) => ring.find(keyId).length === 0);
}

/** How many rows are encrypted under a key, or with null how many hold a value that is not encrypted. */
export function countRowsUnder(
  { statements }: OpenDatabase,
  keyId: string | null,
  waiting: Waiting,
): Promise<number> {
  return countInPieces(statements, waiting, (db, after) =>
    withinWindow(db, keyId, { ...wholeTable, after }).select("id"),
  );
}

/** Whether any row is under a key, or with null whether any row holds a value that is not encrypted. */
export function hasRowUnder(session: Session, keyId: string | null): Promise<boolean> {
  return session.exists(withinWindow(session.db, keyId, wholeTable).select("id").limit(1));
}
