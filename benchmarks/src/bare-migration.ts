import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Kysely, type RawBuilder, sql } from "kysely";
import { Pool } from "undici";
import type { SecretsSchema } from "../../packages/secrets-db/src/schema/tables.ts";
import { bareDecrypt, bareEncrypt, bareSelect } from "./bare-database.ts";

/** What a migration talks to. */
export interface BareMigrationParts {
  readonly db: Kysely<SecretsSchema>;
  /** The database's clock. */
  readonly now: RawBuilder<number>;
  readonly vaultAddress: string;
  /** The names are moved that begin so. */
  readonly prefix: string;
  readonly concurrency: number;
}

interface VaultVersion {
  readonly data: unknown;
  readonly version: number;
}

const headers = { "X-Vault-Token": "root", "X-Vault-Request": "true" };

/** The requests and queries that a move takes, in their order and with nothing between them that could be left out. */
export class BareMigration {
  readonly #parts: BareMigrationParts;
  readonly #pool: Pool;

  constructor(parts: BareMigrationParts) {
    this.#parts = parts;
    this.#pool = new Pool(parts.vaultAddress, { connections: 64, pipelining: 1 });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async toVault(): Promise<void> {
    await this.#eachName(async (name) => {
      if ((await this.#get(name)) !== undefined) throw new Error(`${name} is taken.`);
      const operation = randomUUID();
      const path = `secret/data/archestra/${name}`;
      await this.#change(name, "DB", null, {
        state: "moving",
        transition_id: operation,
        transition_started_at: this.#parts.now,
        copy_manager: "VAULT",
        copy_path: path,
      });
      const row = await bareSelect(this.#parts.db).where("name", "=", name).executeTakeFirstOrThrow();
      const value = bareDecrypt(row);
      await this.#post(name, value, 0);
      if (!isDeepStrictEqual((await this.#get(name))?.data, value)) throw new Error(`${name} differs.`);
      await this.#change(name, "DB", operation, {
        manager: "VAULT",
        state: "active",
        transition_id: null,
        transition_started_at: null,
        path,
        copy_manager: "DB",
        copy_version: `${row.id}.${row.version}`,
        copy_path: null,
      });
    });
  }

  async toDatabase(keyId: string): Promise<void> {
    const { db, now } = this.#parts;
    await this.#eachName(async (name) => {
      const operation = randomUUID();
      await this.#change(name, "VAULT", null, {
        state: "moving",
        transition_id: operation,
        transition_started_at: now,
        copy_manager: "DB",
      });
      const read = await this.#get(name);
      // The plugin compares the version before it writes under it.
      const compared = await this.#get(name);
      if (read === undefined || read.version !== compared?.version) throw new Error(`${name} is gone.`);
      const fenced = await this.#post(name, read.data, read.version);
      const { id } = await db
        .selectFrom("archestra_secrets")
        .select("id")
        .where("name", "=", name)
        .where("transition_id", "=", operation)
        .executeTakeFirstOrThrow();
      const kept = await this.#change(name, "VAULT", operation, {
        value: bareEncrypt(read.data, keyId, { id, name }),
        key_id: keyId,
        version: sql<number>`version + 1`,
        updated_at: now,
      });
      if (!isDeepStrictEqual(bareDecrypt(kept), read.data)) throw new Error(`${name} differs.`);
      await this.#change(name, "VAULT", operation, {
        manager: "DB",
        state: "active",
        transition_id: null,
        transition_started_at: null,
        path: null,
        copy_manager: "VAULT",
        copy_version: String(fenced),
        copy_path: `secret/data/archestra/${name}`,
        version: sql<number>`version + 1`,
      });
    });
  }

  /** Removes what the moves left behind. */
  async removeCopies(): Promise<void> {
    const { db } = this.#parts;
    await this.#eachName(async (name) => {
      const row = await bareSelect(db).where("name", "=", name).executeTakeFirstOrThrow();
      if (row.manager === "DB") {
        const path = `/v1/secret/metadata/archestra/${name}`;
        await (await this.#pool.request({ method: "DELETE", path, headers })).body.dump();
      }
      await db
        .updateTable("archestra_secrets")
        .set({ copy_manager: null, copy_version: null, copy_path: null })
        .$if(row.manager === "VAULT", (query) => query.set({ value: null, key_id: null }))
        .where("name", "=", name)
        .execute();
    });
  }

  async #eachName(move: (name: string) => Promise<void>): Promise<void> {
    const { db, prefix, concurrency } = this.#parts;
    let after = prefix;
    for (;;) {
      const page = await db
        .selectFrom("archestra_secrets")
        .select("name")
        .where("name", ">", after)
        .where("name", "<", `${prefix}~`)
        .orderBy("name")
        .limit(500)
        .execute();
      const waiting = page.values();
      const moveNext = async () => {
        for (const { name } of waiting) await move(name);
      };
      await Promise.all(Array.from({ length: concurrency }, moveNext));
      if (page.length < 500) return;
      after = page.at(-1)?.name ?? after;
    }
  }

  #change(name: string, manager: string, operation: string | null, columns: object) {
    return this.#parts.db
      .updateTable("archestra_secrets")
      .set(columns)
      .where("name", "=", name)
      .where("manager", "=", manager)
      .where("transition_id", "is not distinct from", operation)
      .returning(["id", "name", "value"])
      .executeTakeFirstOrThrow();
  }

  async #get(name: string): Promise<VaultVersion | undefined> {
    const path = `/v1/secret/data/archestra/${name}`;
    const { statusCode, body } = await this.#pool.request({ method: "GET", path, headers });
    const { data } = (await body.json()) as {
      data?: { data: unknown; metadata: { version: number } };
    };
    if (statusCode === 404) return undefined;
    if (statusCode !== 200 || data === undefined) throw new Error(`Vault answered ${statusCode}.`);
    return { data: data.data, version: data.metadata.version };
  }

  async #post(name: string, data: unknown, cas: number): Promise<number> {
    const { statusCode, body } = await this.#pool.request({
      method: "POST",
      path: `/v1/secret/data/archestra/${name}`,
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ data, options: { cas } }),
    });
    const answer = (await body.json()) as { data: { version: number } };
    if (statusCode !== 200) throw new Error(`Vault answered ${statusCode}.`);
    return answer.data.version;
  }
}
