import type { Selectable } from "kysely";
import type { Session } from "../database/statements.ts";
import type { EncryptionKey } from "../encryption/encryption-key.ts";
import { classifyStoredValue, decryptValue, encryptValue } from "../encryption/envelope.ts";
import { canaryPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import type { KeyTable } from "../schema/tables.ts";

/** The content of every canary. That it can be decrypted proves the key; the content proves nothing. */
const CANARY = '{"canary":"@archestra/secrets-db"}';

/** A key that a process once had as its current one. */
export interface RegisteredKey {
  readonly keyId: string;
  /** Decrypted by this key alone. */
  readonly canary: string;
  readonly registeredAt: Date;
  /** When a sweep last proved that every row was under this key. Undefined: never since it was registered last. */
  readonly sweepDoneAt: Date | undefined;
  /** Undefined: it is not retired. */
  readonly retiredAt: Date | undefined;
}

/** The registered keys, the last registered one at the end. */
export async function readRegisteredKeys(session: Session): Promise<RegisteredKey[]> {
  const rows = await session.rows(
    session.db.selectFrom("archestra_secrets_keys").selectAll().orderBy("sequence"),
  );
  return rows.map(registeredKey);
}

/** Whether a key was registered last, so that its processes sweep. */
export async function isRegisteredLast(session: Session, keyId: string): Promise<boolean> {
  const row = await session.first(
    session.db.selectFrom("archestra_secrets_keys").select("key_id").orderBy("sequence", "desc").limit(1),
  );
  return row?.key_id === keyId;
}

function registeredKey(row: Selectable<KeyTable>): RegisteredKey {
  return {
    keyId: row.key_id,
    canary: row.canary,
    registeredAt: new Date(Number(row.registered_at)),
    sweepDoneAt: row.sweep_done_at === null ? undefined : new Date(Number(row.sweep_done_at)),
    retiredAt: row.retired_at === null ? undefined : new Date(Number(row.retired_at)),
  };
}

export function encryptCanary(key: EncryptionKey): string {
  return encryptValue(CANARY, key, canaryPlace(key.id));
}

/** Whether the ring has a registered key, proven by its canary. */
export function decryptsCanary(ring: KeyRing, { keyId, canary }: RegisteredKey): boolean {
  const stored = classifyStoredValue(canary);
  if (stored.kind !== "encrypted" || stored.keyId !== keyId) return false;
  try {
    decryptValue(stored, ring, canaryPlace(keyId));
    return true;
  } catch {
    return false;
  }
}
