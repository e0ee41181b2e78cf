import type { EncryptionKey } from "../encryption/encryption-key.ts";
import type { EnvelopePlace } from "../encryption/envelope-place.ts";
import { openEnvelope, sealEnvelope } from "../encryption/envelope-v2.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { classifyStoredValue } from "../encryption/stored-value.ts";
import { KEYS_TABLE } from "../schema/tables.ts";
import type { RegisteredKey } from "./registered-keys.ts";

/** What every canary seals. That it opens proves the key; what it says proves nothing. */
const CANARY = '{"canary":"@archestra/secrets-db"}';

/** Makes the canary of a key. */
export function sealCanary(key: EncryptionKey): string {
  return sealEnvelope(CANARY, key, canaryPlace(key.id));
}

/** Whether the ring has the key that a row of the keys table names, proven by its canary. */
export function opensCanary(ring: KeyRing, { keyId, canary }: RegisteredKey): boolean {
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
