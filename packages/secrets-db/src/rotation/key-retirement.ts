import { SecretsError } from "@archestra/secrets-core";
import { printableText } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { hasRowUnder } from "../keys/key-use.ts";
import { readRegisteredKeys } from "../keys/registered-keys.ts";

/** Marks a key as retired, within one serialised transaction that proves that no row is under it. */
export async function retireKey(
  { statements, dialect }: OpenDatabase,
  ring: KeyRing,
  keyId: string,
  signal: AbortSignal,
): Promise<void> {
  await statements.serialized({ signal }, async (session) => {
    const keys = await readRegisteredKeys(session);
    if (keyId === ring.current.id || keyId === keys.at(-1)?.keyId) throw keyIsCurrent(keyId);
    const key = keys.find((candidate) => candidate.keyId === keyId);
    if (key === undefined) throw unknownKey(keyId, keys);
    if (await hasRowUnder(session, keyId)) throw keyIsUsed(keyId);
    if (key.retiredAt !== undefined) return;
    await session.execute(
      session.db
        .updateTable("archestra_secrets_keys")
        .set({ retired_at: dialect.sql.now })
        .where("key_id", "=", keyId),
    );
  });
}

function keyIsCurrent(keyId: string): SecretsError {
  return new SecretsError(
    "INVALID_ARGUMENT",
    `The key ${printableText(keyId)} is current, here or in the processes that started last, and cannot be retired. Promote another key first.`,
    { reason: "KEY_IS_CURRENT" },
  );
}

function unknownKey(keyId: string, keys: readonly { readonly keyId: string }[]): SecretsError {
  const known = keys.map((key) => printableText(key.keyId)).join(", ") || "none";
  return new SecretsError(
    "INVALID_ARGUMENT",
    `No key ${printableText(JSON.stringify(keyId.slice(0, 64)))} is registered in this database. Registered: ${known}.`,
    { reason: "UNKNOWN_KEY" },
  );
}

function keyIsUsed(keyId: string): SecretsError {
  return new SecretsError(
    "CONFLICT",
    `There are secrets under the key ${printableText(keyId)}, so it is not retired. Sweep, and end the processes that still write under it.`,
    { reason: "KEY_IN_USE" },
  );
}
