import { createDecipheriv, createSecretKey, hkdfSync } from "node:crypto";
import { Kysely, SqliteDialect } from "kysely";
import { openSqlite } from "../../packages/secrets-db/src/database/sqlite-adapter.ts";
import type { SecretsSchema } from "../../packages/secrets-db/src/schema/tables.ts";
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

/** Derives and decrypts, with every check left out but the tag. */
export function bareDecrypt(row: { id: string; name: string; value: string | null }): unknown {
  const [, kid = "", salt = "", , tag = "", text = ""] = JSON.parse(row.value ?? "").__encrypted.split(":");
  const info = Buffer.concat([Buffer.from("envelope-v2/value"), Buffer.from(salt, "base64url")]);
  const keys = Buffer.from(hkdfSync("sha256", authSecret, "archestra-secrets", info, 76));
  const options = { authTagLength: 16 };
  const decipher = createDecipheriv(
    "aes-256-gcm",
    createSecretKey(keys.subarray(0, 32)),
    keys.subarray(64),
    options,
  );
  const fields = ["v2", kid, "archestra_secrets", row.id, row.name, "value"].map((field) => {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  decipher.setAAD(Buffer.concat(fields)).setAuthTag(Buffer.from(tag, "base64url"));
  const json = Buffer.concat([decipher.update(Buffer.from(text, "base64url")), decipher.final()]);
  return JSON.parse(json.toString());
}
