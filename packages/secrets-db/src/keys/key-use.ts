import { type Kysely, sql } from "kysely";
import { wholeTable, withinWindow } from "../backend/row-windows.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import type { SecretsSchema } from "../schema/tables.ts";

/**
 * The keys that sealed rows name, each once: one look into the index a key, however many rows there are.
 */
export async function usedKeyIds(db: Kysely<SecretsSchema>): Promise<string[]> {
  const { rows } = await sql<{ key_id: string }>`
    WITH RECURSIVE used (key_id) AS (
      SELECT min(key_id) FROM archestra_secrets WHERE value IS NOT NULL
      UNION ALL
      SELECT (SELECT min(key_id) FROM archestra_secrets WHERE value IS NOT NULL AND key_id > used.key_id)
      FROM used WHERE used.key_id IS NOT NULL
    )
    SELECT key_id FROM used WHERE key_id IS NOT NULL`.execute(db);
  return rows.map((row) => row.key_id);
}

/** The keys that sealed rows name and that the ring does not have. */
export async function unknownKeyIds(db: Kysely<SecretsSchema>, ring: KeyRing): Promise<string[]> {
  return (await usedKeyIds(db)).filter((keyId) => ring.find(keyId).length === 0);
}

const ROWS_COUNTED_AT_A_TIME = 20_000;

/**
 * How many rows a key sealed, or with null how many hold a value that is not sealed. Counted in pieces, so that no
 * statement takes long however many rows there are.
 */
export async function countSealedBy(
  { db, dialect }: OpenDatabase,
  keyId: string | null,
  signal: AbortSignal,
): Promise<number> {
  let rows = 0;
  for (let after = ""; ; ) {
    const start = after;
    const piece = await dialect.inIndexOrder(db, signal, (ordered) =>
      ordered
        .selectFrom(
          withinWindow(ordered, keyId, { ...wholeTable, after: start })
            .select("id")
            .limit(ROWS_COUNTED_AT_A_TIME)
            .as("piece"),
        )
        .select(({ fn }) => [fn.countAll<number>().as("rows"), fn.max("id").as("last")])
        .executeTakeFirstOrThrow(),
    );
    rows += Number(piece.rows);
    if (Number(piece.rows) < ROWS_COUNTED_AT_A_TIME) return rows;
    after = String(piece.last);
  }
}

/** Whether any row is under a key, in one look at the index. */
export async function isUsed(db: Kysely<SecretsSchema>, keyId: string | null): Promise<boolean> {
  const row = await withinWindow(db, keyId, wholeTable).select("id").limit(1).executeTakeFirst();
  return row !== undefined;
}

/** Whether any row holds a value that is not sealed, in one look at the index. */
export async function hasUnsealedRow(db: Kysely<SecretsSchema>): Promise<boolean> {
  return isUsed(db, null);
}

/** Whether any row holds a sealed value. */
export async function hasSealedRow(db: Kysely<SecretsSchema>): Promise<boolean> {
  return (await usedKeyIds(db)).length > 0;
}
