import { isSecretsError, type Logger, SecretsError } from "@archestra/secrets-core";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import type { EncryptionKey } from "../encryption/encryption-key.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { explainUnprovenKeys, warnOfUnusualSpelling } from "./key-spelling.ts";
import { usedKeyIds } from "./key-use.ts";
import { decryptsCanary, encryptCanary, type RegisteredKey, readRegisteredKeys } from "./registered-keys.ts";

export interface RegistrationOptions {
  /** Registers the current key although the ring decrypts no canary, or although the key was retired. */
  readonly acceptNewKey: boolean;
  /** Registers the current key again when another one was registered after it. @default false */
  readonly asLast?: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Proves that this process has a key of this database, and registers its current one.
 *
 * One serialised transaction, or two first starts with different keys would both win. The first canary is written only
 * where there is neither a canary nor an encrypted row; a later one only by a process whose ring decrypts a registered canary.
 *
 * @throws SecretsError DECRYPTION_FAILED, reason KEY_MISMATCH, when the key is another; INVALID_CONFIGURATION, reason
 * KEY_RETIRED, when the current one was retired; nothing is written then
 */
export async function registerKey(
  database: OpenDatabase,
  ring: KeyRing,
  options: RegistrationOptions,
): Promise<void> {
  const { statements } = database;
  // The usual start: the current key is there. No lock is needed to see that.
  const keys = await statements.read(options, readRegisteredKeys);
  if (isRegistered(keys, ring, options)) return;
  const isFirst = await statements
    .serialized(options, (session) => registerLocked(session, ring, options))
    .catch((error: unknown) => throwDamageFirst(database, error));
  if (isFirst) warnOfUnusualSpelling(ring, options.logger);
}

/**
 * Ends a registration that failed. A damaged database, or one beside the write-ahead log of another, is indistinguishable from one of
 * another key, and an operator who accepts a new key then loses what the backup still has.
 *
 * @throws SecretsError with the damage, or else the error itself
 */
async function throwDamageFirst(database: OpenDatabase, error: unknown): Promise<never> {
  if (!isSecretsError(error) || error.reason !== "KEY_MISMATCH") throw error;
  const damage = await database.findDamage?.();
  if (damage !== undefined) throw damage;
  throw database.logFound === undefined ? error : withLog(error, database.logFound);
}

function withLog({ code, reason, message, cause }: SecretsError, log: string): SecretsError {
  const hint = `No key of this process opens anything in this database. Was the database file restored? ${log} existed before this start. If it belongs to the database before the restoration, it hides the restored data: stop every process that has the file open, move the -wal and -shm away, restore the file again, and start. If the file was not restored:`;
  return new SecretsError(code, `${hint}\n${message}`, { reason, cause });
}

function isRegistered(
  keys: readonly RegisteredKey[],
  ring: KeyRing,
  { asLast = false }: RegistrationOptions,
): boolean {
  const current = keys.find(({ keyId }) => keyId === ring.current.id);
  if (current === undefined || current.retiredAt !== undefined || !decryptsCanary(ring, current))
    return false;
  return !asLast || keys.at(-1) === current;
}

/** Whether the key is the first of the database. */
async function registerLocked(
  session: Session,
  ring: KeyRing,
  options: RegistrationOptions,
): Promise<boolean> {
  // Another process may have registered it between the read without the lock and this one.
  const keys = await readRegisteredKeys(session);
  if (isRegistered(keys, ring, options)) return false;

  const { acceptNewKey, logger } = options;
  const isFresh = keys.length === 0 && (await usedKeyIds(session)).length === 0;
  if (!isFresh && !keys.some((key) => decryptsCanary(ring, key))) {
    if (!acceptNewKey) throw wrongKey(ring, keys);
    logger.warn(
      { code: "ARCHESTRA_SECRETS_NEW_KEY_ACCEPTED", keyId: ring.current.id },
      `The encryption key ${ring.current.id} opens nothing in this database and was accepted because ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY is true. Secrets under older keys fail until those keys are in ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS. Unset the variable now.`,
    );
  }
  const retired = keys.find(({ keyId, retiredAt }) => keyId === ring.current.id && retiredAt !== undefined);
  if (retired !== undefined && !acceptNewKey) throw keyRetired(retired);
  const isThere = keys.some(({ keyId }) => keyId === ring.current.id);
  if (isThere && retired === undefined && !options.asLast) await replaceCanary(session, ring.current);
  else await insertAsLast(session, ring.current);
  return isFresh;
}

/** The canary cannot be decrypted: it was tampered with, and a process that has proven a key of the ring replaces it. */
async function replaceCanary(session: Session, key: EncryptionKey): Promise<void> {
  await session.execute(
    session.db
      .updateTable("archestra_secrets_keys")
      .set({ canary: encryptCanary(key) })
      .where("key_id", "=", key.id),
  );
}

async function insertAsLast(session: Session, key: EncryptionKey): Promise<void> {
  const found = await session.first(
    session.db.selectFrom("archestra_secrets_keys").select(({ fn }) => fn.max("sequence").as("last")),
  );
  const row = {
    canary: encryptCanary(key),
    sequence: Number(found?.last ?? 0) + 1,
    sweep_done_at: null,
    retired_at: null,
  };
  await session.execute(
    session.db
      .insertInto("archestra_secrets_keys")
      .values({ key_id: key.id, ...row })
      .onConflict((conflict) => conflict.column("key_id").doUpdateSet(row)),
  );
}

function wrongKey(ring: KeyRing, keys: readonly RegisteredKey[]): SecretsError {
  const registered = keys.map(({ keyId }) => keyId).join(", ") || "none, although there are encrypted rows";
  const ours = ring.keys.map(({ id }) => id).join(", ");
  return new SecretsError(
    "DECRYPTION_FAILED",
    [
      "This process has the wrong encryption key for this database. Nothing was written.",
      `Keys of the database: ${registered}. Keys of this process: ${ours} (the first one writes).`,
      ...explainUnprovenKeys(ring, keys),
      "Ways out:",
      "  1. Restore the secret that was used before in ARCHESTRA_SECRETS_ENCRYPTION_SECRET (or ARCHESTRA_AUTH_SECRET).",
      "  2. To change the key, keep the new one and put the old one into ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: then everything stays readable.",
      "  3. If the old secret is lost, start once with ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY=true. The secrets under it stay unreadable and have to be entered again.",
    ].join("\n"),
    { reason: "KEY_MISMATCH" },
  );
}

function keyRetired({ keyId, retiredAt }: RegisteredKey): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The current encryption key ${keyId} was retired at ${retiredAt?.toISOString()}: other processes may not have it any more, and could not read what this one writes. Make the key that replaced it current again. To take the retired one back, put it into ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS of every process first, and then start once with ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY=true.`,
    { reason: "KEY_RETIRED" },
  );
}
