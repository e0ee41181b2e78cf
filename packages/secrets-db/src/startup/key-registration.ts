import { type Logger, SecretsError } from "@archestra/secrets-core";
import type { Kysely } from "kysely";
import { hasSealedRow } from "../backend/key-use.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { EncryptionKey } from "../encryption/encryption-key.ts";
import type { EnvelopePlace } from "../encryption/envelope-place.ts";
import { openEnvelope, sealEnvelope } from "../encryption/envelope-v2.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { classifyStoredValue } from "../encryption/stored-value.ts";
import { KEYS_TABLE, type SecretsSchema } from "../schema/tables.ts";

/** What every canary seals. That it opens proves the key; what it says proves nothing. */
const CANARY = '{"canary":"@archestra/secrets-db"}';

/**
 * Proves that this process has a key of this database, and registers its current one.
 *
 * One serialised transaction, or two first starts with different keys would both win. The first canary is written only
 * where there is neither a canary nor a sealed row; a later one only by a process whose ring opens a registered canary.
 *
 * @param acceptNewKey registers the current key although the ring opens no canary
 * @throws SecretsError DECRYPTION_FAILED, reason KEY_MISMATCH, when the key is another; nothing is written then
 */
export async function registerKey(
  { db, dialect }: OpenDatabase,
  ring: KeyRing,
  options: { readonly acceptNewKey: boolean; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  if (await isRegistered(db, ring)) return;
  await dialect.serialized(db, options.signal, (transaction) => registerLocked(transaction, ring, options));
}

/** The usual start: the current key is there, and its canary opens. No lock is needed to see that. */
async function isRegistered(db: Kysely<SecretsSchema>, ring: KeyRing): Promise<boolean> {
  const canaries = await readCanaries(db);
  return canaries.some(({ keyId, canary }) => keyId === ring.current.id && opensCanary(ring, keyId, canary));
}

async function registerLocked(
  connection: Kysely<SecretsSchema>,
  ring: KeyRing,
  { acceptNewKey, logger }: { readonly acceptNewKey: boolean; readonly logger: Logger },
): Promise<void> {
  // Another process may have registered between the look without the lock and this one.
  const canaries = await readCanaries(connection);
  const opened = canaries.filter(({ keyId, canary }) => opensCanary(ring, keyId, canary));
  if (opened.some(({ keyId }) => keyId === ring.current.id)) return;

  const isFresh = canaries.length === 0 && !(await hasSealedRow(connection));
  if (!isFresh && opened.length === 0) {
    if (!acceptNewKey) throw wrongKey(ring, canaries);
    logger.warn(
      { code: "ARCHESTRA_SECRETS_NEW_KEY_ACCEPTED", keyId: ring.current.id },
      `The encryption key ${ring.current.id} opens nothing in this database and was accepted because ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY is true. Secrets under older keys fail until those keys are in ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS. Unset the variable now.`,
    );
  }
  await insertCanary(connection, ring.current);
}

/** A canary under the current key's id that does not open was tampered with: whoever has proven a key of the ring replaces it. */
async function insertCanary(connection: Kysely<SecretsSchema>, key: EncryptionKey): Promise<void> {
  const canary = sealEnvelope(CANARY, key, canaryPlace(key.id));
  await connection
    .insertInto("archestra_secrets_keys")
    .values(({ selectFrom, fn, lit }) => ({
      key_id: key.id,
      sequence: selectFrom("archestra_secrets_keys").select(({ eb }) =>
        eb(fn.coalesce(fn.max("sequence"), lit(0)), "+", lit(1)).as("next"),
      ),
      canary,
      sweep_done_at: null,
      retired_at: null,
    }))
    .onConflict((conflict) => conflict.column("key_id").doUpdateSet({ canary }))
    .execute();
}

interface RegisteredCanary {
  readonly keyId: string;
  readonly canary: string;
}

async function readCanaries(db: Kysely<SecretsSchema>): Promise<RegisteredCanary[]> {
  return db
    .selectFrom("archestra_secrets_keys")
    .select(["key_id as keyId", "canary"])
    .orderBy("sequence")
    .execute();
}

function opensCanary(ring: KeyRing, keyId: string, canary: string): boolean {
  const stored = classifyStoredValue(canary);
  if (stored.kind !== "v2" || stored.envelope.keyId !== keyId) return false;
  try {
    openEnvelope(stored.envelope, ring, canaryPlace(keyId));
    return true;
  } catch {
    return false;
  }
}

function canaryPlace(keyId: string): EnvelopePlace {
  return { table: KEYS_TABLE, rowId: keyId, name: keyId, purpose: "canary" };
}

function wrongKey(ring: KeyRing, canaries: readonly RegisteredCanary[]): SecretsError {
  const registered =
    canaries.map(({ keyId }) => keyId).join(", ") || "none, although there are encrypted rows";
  const ours = ring.keys.map(({ id }) => id).join(", ");
  return new SecretsError(
    "DECRYPTION_FAILED",
    [
      "This process has the wrong encryption key for this database. Nothing was written.",
      `Keys of the database: ${registered}. Keys of this process: ${ours} (the first one writes).`,
      "Ways out:",
      "  1. Restore the secret that was used before in ARCHESTRA_SECRETS_ENCRYPTION_SECRET (or ARCHESTRA_AUTH_SECRET).",
      "  2. To change the key, keep the new one and put the old one into ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: then everything stays readable.",
      "  3. If the old secret is lost, start once with ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY=true. The secrets under it stay unreadable and have to be entered again.",
    ].join("\n"),
    { reason: "KEY_MISMATCH" },
  );
}
