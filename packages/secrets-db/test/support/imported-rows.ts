import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { TestDatabase } from "./each-database.ts";

/** What an application brings: a name, and JSON as text. */
export interface ImportedRow {
  readonly name: string;
  readonly value: string;
}

/** Imports rows as the documentation says, from a table of the application that is not in the file afterwards. */
export function importRows(file: string, rows: readonly ImportedRow[], columnType = "TEXT"): void {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    database.exec(
      `ATTACH ':memory:' AS application; CREATE TABLE application.old_secrets (name TEXT, value ${columnType})`,
    );
    const insert = database.prepare("INSERT INTO application.old_secrets VALUES (?, ?)");
    for (const { name, value } of rows) insert.run(name, value);
    database.exec(
      "INSERT INTO archestra_secrets (name, value) SELECT name, value FROM application.old_secrets",
    );
  } finally {
    database.close();
  }
}

/** Plaintext rows, which the next start encrypts: the fastest way to many secrets. */
export async function importCounters(database: TestDatabase, count: number): Promise<void> {
  await database.query(`
    INSERT INTO archestra_secrets (name, value)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
    SELECT 'counter/' || n, '{"n":' || n || '}' FROM numbers`);
}

/** Archestra's v1 envelope, made from its description alone. */
export function encryptV1(value: unknown, secret: string): string {
  const salt = "archestra-hkdf-salt-v1";
  const info = "archestra-secret-encryption-v1";
  const key = new Uint8Array(hkdfSync("sha256", Buffer.from(secret, "utf8"), salt, info, 32));
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
  const parts = [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString("base64url"));
  return JSON.stringify({ __encrypted: `v1:${parts.join(":")}` });
}
