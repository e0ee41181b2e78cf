import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
// For its declaration of `postgresUrl`.
import type {} from "@archestra/test-servers/postgres-global-setup";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { describe, onTestFinished } from "vitest";
import {
  describePostgres,
  postgresDatabase,
} from "../../../packages/secrets-db/test/support/postgres-database.ts";
import { CredentialClients } from "./credential-clients.ts";

/** Environment variables of the application. */
export type Variables = Readonly<Record<string, string>>;

/** A database of one test alone. */
export interface Database {
  /** Its variables. */
  readonly env: Variables;
  /** Runs one statement as another program does. */
  query<Row>(sql: string): Promise<Row[]>;
}

/** A Vault of one test alone, as the application and as an operator see it. */
export interface Vault {
  /** Its variables. */
  readonly env: Variables;
  readonly server: VaultServer;
  /** What it holds, by name. */
  secrets(): Promise<Record<string, unknown>>;
}

/** The same tests beside SQLite and beside PostgreSQL, each with a real Vault. */
export function describeEachDatabase(title: string, define: (create: () => Promise<Database>) => void) {
  describeVault(title, () => {
    describe("SQLite", () => define(async () => sqliteDatabase()));
    describePostgres("PostgreSQL", () =>
      define(async () => {
        const { url, query } = await postgresDatabase();
        return { env: databaseVariables(url), query: (sql) => query(sql) };
      }),
    );
  });
}

export function sqliteDatabase(): Database {
  const folder = mkdtempSync(join(tmpdir(), "switch-managers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "secrets.db");
  return {
    env: databaseVariables(`sqlite://${file}`),
    async query<Row>(sql: string): Promise<Row[]> {
      const database = new DatabaseSync(file, { timeout: 5_000 });
      try {
        return database.prepare(sql).all() as Row[];
      } finally {
        database.close();
      }
    },
  };
}

function databaseVariables(url: string): Variables {
  return {
    ARCHESTRA_DATABASE_URL: url,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: randomBytes(48).toString("base64"),
  };
}

/** @param version of its KV engine at `secret` */
export async function vault(version: 1 | 2 = 2): Promise<Vault> {
  const server = await vaultOfTest();
  await server.mountKv("secret", version);
  return {
    server,
    env: {
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: server.rootToken,
      ...(version === 2 ? {} : { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "1" }),
    },
    async secrets() {
      const names = await secretNames(
        server,
        version === 2 ? "secret/metadata/archestra" : "secret/archestra",
      );
      const read = names.map(async (name) => {
        const { data } = await server.demand(
          "GET",
          `secret/${version === 2 ? "data/" : ""}archestra/${name}`,
        );
        return [name, version === 2 ? data?.data : data] as const;
      });
      return Object.fromEntries(await Promise.all(read));
    },
  };
}

async function secretNames(server: VaultServer, folder: string): Promise<string[]> {
  const { body } = await server.request("LIST", folder);
  const names: string[] = [];
  for (const key of (body.data?.keys ?? []) as string[]) {
    if (!key.endsWith("/")) names.push(key);
    else
      for (const name of await secretNames(server, `${folder}/${key.slice(0, -1)}`)) names.push(key + name);
  }
  return names;
}

/** How many rows of the database hold an encrypted value. */
export async function encryptedRows(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number | string }>(
    "SELECT count(*) AS count FROM archestra_secrets WHERE value IS NOT NULL",
  );
  return Number(row?.count);
}

/** An application that has not been started yet, beside a Vault, and what it is started with. */
export async function prepare(database: Database) {
  const vaultServer = await vault();
  return {
    database,
    vaultServer,
    onDatabase: database.env,
    onVault: { ...database.env, ...vaultServer.env, ARCHESTRA_SECRETS_MANAGER: "VAULT" },
    clients: new CredentialClients(),
  };
}
