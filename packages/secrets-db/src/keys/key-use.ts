import { sql } from "kysely";
import { wholeTable, withinWindow } from "../rows/row-windows.ts";
import type { Waiting } from "../database/attempt.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/session.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { tableOf } from "../schema/qualified-table.ts";

/**
 * The keys that sealed rows name, each once: one look into the index a key, however many rows there are.
 */
export async function usedKeyIds(session: Session): Promise<string[]> {
  const table = tableOf(session.db, "archestra_secrets");
  const rows = await session.rows(sql<{ key_id: string }>`
    WITH RECURSIVE used (key_id) AS (
      SELECT min(key_id) FROM ${table} WHERE value IS NOT NULL
      UNION ALL
      SELECT (SELECT min(key_id) FROM ${table} WHERE value IS NOT NULL AND key_id > used.key_id)
      FROM used WHERE used.key_id IS NOT NULL
    )
    SELECT key_id FROM used WHERE key_id IS NOT NULL`);
  return rows.map((row) => row.key_id);
}

/** The keys that sealed rows name and that the ring does not have. */
export async function unknownKeyIds(session: Session, ring: KeyRing): Promise<string[]> {
  return (await usedKeyIds(session)).filter((keyId) => ring.find(keyId).length === 0);
}

const ROWS_COUNTED_AT_A_TIME = 20_000;

/**
 * How many rows a key sealed, or with null how many hold a value that is not sealed. Counted in pieces, so that no
 * statement takes long however many rows there are.
 */
export async function countSealedBy(
  { statements }: OpenDatabase,
  keyId: string | null,
  waiting: Waiting,
): Promise<number> {
  let rows = 0;
  for (let after = ""; ; ) {
    waiting.signal.throwIfAborted();
    const start = after;
    const piece = await statements.inIndexOrder(waiting, (session) =>
      session.first(
        session.db
          .selectFrom(
            withinWindow(session.db, keyId, { ...wholeTable, after: start })
              .select("id")
              .limit(ROWS_COUNTED_AT_A_TIME)
              .as("piece"),
          )
          .select(({ fn }) => [fn.countAll<number>().as("rows"), fn.max("id").as("last")]),
      ),
    );
    const counted = Number(piece?.rows ?? 0);
    rows += counted;
    if (counted < ROWS_COUNTED_AT_A_TIME) return rows;
    after = String(piece?.last);
  }
}

/** Whether any row is under a key, in one look at the index. */
export async function isUsed(session: Session, keyId: string | null): Promise<boolean> {
  const row = await session.first(withinWindow(session.db, keyId, wholeTable).select("id").limit(1));
  return row !== undefined;
}

/** Whether any row holds a value that is not sealed, in one look at the index. */
export async function hasUnsealedRow(session: Session): Promise<boolean> {
  return isUsed(session, null);
}

/** Whether any row holds a sealed value. */
export async function hasSealedRow(session: Session): Promise<boolean> {
  return (await usedKeyIds(session)).length > 0;
}
