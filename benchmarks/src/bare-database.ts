import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from "node:crypto";
import { Kysely, SqliteDialect } from "kysely";
import type { SecretsSchema } from "../../packages/secrets-db/src/schema/tables.ts";
import { openSqlite } from "../../packages/secrets-db/src/sqlite/connection.ts";
import { authSecret } from "./database-fixture.ts";

export function openBare(path: string): Kysely<SecretsSchema> {
  return new Kysely<SecretsSchema>({ dialect: new SqliteDialect({ database: openSqlite(path) }) });
}

/** The columns that the manager reads, through the same adapter. */
export function bareSelect(db: Kysely<SecretsSchema>) {
  const columns = [
    "id",
    "name",
    "manager",
    "state",
    "value",
    "key_id",
    "version",
    "created_at",
    "updated_at",
  ] as const;
  return db.selectFrom("archestra_secrets").select(columns);
}

/** What an envelope is bound to. */
interface Place {
  readonly id: string;
  readonly name: string;
}

/** Derives and decrypts, with every check left out but the tag. */
export function bareDecrypt(row: Place & { value: string | null }): unknown {
  const [, kid = "", salt = "", , tag = "", text = ""] = JSON.parse(row.value ?? "").__encrypted.split(":");
  const keys = derive(Buffer.from(salt, "base64url"));
  const options = { authTagLength: 16 };
  const decipher = createDecipheriv(
    "aes-256-gcm",
    createSecretKey(keys.subarray(0, 32)),
    keys.subarray(64),
    options,
  );
  decipher.setAAD(authenticatedData(kid, row)).setAuthTag(Buffer.from(tag, "base64url"));
  const json = Buffer.concat([decipher.update(Buffer.from(text, "base64url")), decipher.final()]);
  return JSON.parse(json.toString());
}

/** Derives and encrypts. */
export function bareEncrypt(value: unknown, keyId: string, row: Place): string {
  const json = Buffer.from(JSON.stringify(value));
  const padded = Buffer.alloc(Math.ceil(json.length / 32) * 32, " ");
  json.copy(padded);
  const salt = randomBytes(32);
  const keys = derive(salt);
  const options = { authTagLength: 16 };
  const cipher = createCipheriv(
    "aes-256-gcm",
    createSecretKey(keys.subarray(0, 32)),
    keys.subarray(64),
    options,
  );
  cipher.setAAD(authenticatedData(keyId, row));
  const text = Buffer.concat([cipher.update(padded), cipher.final()]);
  const parts = [salt, keys.subarray(32, 64), cipher.getAuthTag(), text];
  return `{"__encrypted":"v2:${keyId}:${parts.map((part) => part.toString("base64url")).join(":")}"}`;
}

/** The key, the commitment and the nonce of one message. */
function derive(salt: Buffer): Buffer {
  const info = Buffer.concat([Buffer.from("envelope-v2/value"), salt]);
  return Buffer.from(hkdfSync("sha256", authSecret, "archestra-secrets", info, 76));
}

function authenticatedData(keyId: string, { id, name }: Place): Buffer {
  const fields = ["v2", keyId, "archestra_secrets", id, name, "value"].map((field) => {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(fields);
}
