/*
 * The loop that the sweeps are measured against, for rotate-million.ts: select, decrypt, encrypt, update by id, one row
 * after another on one connection. `node row-by-row.ts <url>` encrypts every row of the database, rotates it, and prints
 * the times as JSON.
 */
import pg from "pg";
import { deriveEncryptionKey } from "../../../packages/secrets-db/src/encryption/encryption-key.ts";
import { classifyStoredValue, encryptValue } from "../../../packages/secrets-db/src/encryption/envelope.ts";
import { decryptEnvelopeV2 } from "../../../packages/secrets-db/src/encryption/envelope-v2.ts";
import { KeyRing } from "../../../packages/secrets-db/src/encryption/key-ring.ts";
import { secrets } from "./open.ts";

const [url = ""] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
const [first, second] = [deriveEncryptionKey(secrets.first), deriveEncryptionKey(secrets.second)];
const ring = new KeyRing(second, [first]);
const { rows } = await client.query<{ id: string }>("SELECT id FROM archestra_secrets ORDER BY id");
const ids = rows.map(({ id }) => id);

async function rewrite(key: typeof first): Promise<number> {
  const since = performance.now();
  for (const id of ids) {
    const selected = await client.query<{ name: string; value: string }>(
      "SELECT name, value FROM archestra_secrets WHERE id = $1",
      [id],
    );
    const { name = "", value = "" } = selected.rows[0] ?? {};
    const place = { table: "archestra_secrets", rowId: id, name, purpose: "value" } as const;
    const stored = classifyStoredValue(value);
    const json = stored.kind === "encrypted" ? decryptEnvelopeV2(stored.envelope, ring, place) : value;
    const envelope = encryptValue(json, key, place);
    await client.query("UPDATE archestra_secrets SET value = $2, key_id = $3 WHERE id = $1", [
      id,
      envelope,
      key.id,
    ]);
  }
  return performance.now() - since;
}

const encrypting = await rewrite(first);
const rotating = await rewrite(second);
await client.end();
console.log(JSON.stringify({ rows: ids.length, encrypting, rotating }));
