import { type Kysely, sql } from "kysely";
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

/** How many rows a key sealed. */
export async function countSealedBy(db: Kysely<SecretsSchema>, keyId: string): Promise<number> {
  const row = await db
    .selectFrom("archestra_secrets")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("value", "is not", null)
    .where("key_id", "=", keyId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Whether any row holds a value that is not sealed, in one look at the index. */
export async function hasUnsealedRow(db: Kysely<SecretsSchema>): Promise<boolean> {
  const row = await db
    .selectFrom("archestra_secrets")
    .select("id")
    .where("value", "is not", null)
    .where("key_id", "is", null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether any row holds a sealed value. */
export async function hasSealedRow(db: Kysely<SecretsSchema>): Promise<boolean> {
  return (await usedKeyIds(db)).length > 0;
}
