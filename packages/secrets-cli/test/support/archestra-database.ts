import { createCipheriv, hkdfSync, randomBytes, randomUUID } from "node:crypto";
import { startPostgres } from "@archestra/test-servers/postgres";
import pg from "pg";
import { afterAll, beforeAll } from "vitest";

/** A database of an installation of Archestra, as its application sees it. */
export interface ArchestraDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Adds a row, and returns its id. */
  add(name: string, value: object, row?: Partial<ArchestraReference>): Promise<string>;
  /** Changes the value of a row, as Archestra does. */
  update(id: string, value: object): Promise<void>;
}

/** The columns of a row whose value is in Vault. */
export interface ArchestraReference {
  readonly isVault: boolean;
  readonly path: string;
}

export const archestraKey = "the secret of Archestra, more than 32 characters";

/** Starts a server for the tests of this file. Each call of the result creates a database with an empty table. */
export function archestraServer(): () => Promise<ArchestraDatabase> {
  let server: Awaited<ReturnType<typeof startPostgres>> | undefined;
  const pools: pg.Pool[] = [];
  beforeAll(async () => {
    server = await startPostgres({ fsync: "off", full_page_writes: "off" });
  });
  afterAll(async () => {
    for (const pool of pools) await pool.end();
    await server?.stop();
  });
  return async () => {
    const first = server?.url ?? "";
    const name = `archestra_${randomUUID().replaceAll("-", "")}`;
    const administration = new pg.Client({ connectionString: first });
    await administration.connect();
    await administration.query(`CREATE DATABASE ${name}`);
    await administration.end();
    const url = first.replace(/\/postgres$/, `/${name}`);
    const pool = new pg.Pool({ connectionString: url });
    // A connection that is ending can still receive the message that the server stops.
    pool.on("error", () => undefined);
    pools.push(pool);
    await pool.query(`CREATE TABLE secret (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(256) NOT NULL DEFAULT 'secret',
      secret jsonb NOT NULL DEFAULT '{}', is_vault boolean NOT NULL DEFAULT false, vault_path varchar(512),
      created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now())`);
    return {
      url,
      pool,
      async add(secret, value, { isVault = false, path } = {}) {
        const { rows } = await pool.query(
          "INSERT INTO secret (name, secret, is_vault, vault_path, updated_at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
          [secret, isVault ? "{}" : encryptV1(value), isVault, path ?? null, utcNow()],
        );
        return rows[0].id;
      },
      async update(id, value) {
        // The time is taken before the statement is sent.
        await pool.query("UPDATE secret SET secret = $2, updated_at = $3 WHERE id = $1", [
          id,
          encryptV1(value),
          utcNow(),
        ]);
      },
    };
  };
}

/** The time as Archestra writes it: in UTC, without a zone. */
export function utcNow(): string {
  return new Date().toISOString().slice(0, -1);
}

/** Archestra's v1 envelope, made from its description alone. */
export function encryptV1(value: unknown): string {
  const salt = "archestra-hkdf-salt-v1";
  const info = "archestra-secret-encryption-v1";
  const key = new Uint8Array(hkdfSync("sha256", Buffer.from(archestraKey), salt, info, 32));
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
  const parts = [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString("base64url"));
  return JSON.stringify({ __encrypted: `v1:${parts.join(":")}` });
}
