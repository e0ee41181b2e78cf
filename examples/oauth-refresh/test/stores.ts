import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// For its declaration of `postgresUrl`.
import type {} from "@archestra/test-servers/postgres-global-setup";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { describe, onTestFinished } from "vitest";
import {
  describePostgres,
  postgresDatabase,
} from "../../../packages/secrets-db/test/support/postgres-database.ts";

/** Environment variables of the secrets manager. */
export type Variables = Readonly<Record<string, string>>;

/** The same tests with the secret in SQLite, in PostgreSQL, and in Vault with the ownership table in SQLite. */
export function describeEachStore(define: (create: () => Promise<Variables>) => void): void {
  describe("SQLite", () => define(async () => sqliteVariables()));
  describePostgres("PostgreSQL", () => define(async () => databaseVariables((await postgresDatabase()).url)));
  describeVault("Vault", () =>
    define(async () => {
      const server = await vaultOfTest();
      await server.mountKv("secret", 2);
      return {
        ...sqliteVariables(),
        ARCHESTRA_SECRETS_MANAGER: "VAULT",
        ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
        ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
        ARCHESTRA_HASHICORP_VAULT_TOKEN: server.rootToken,
      };
    }),
  );
}

/** A database of this test alone. */
export function sqliteVariables(): Variables {
  const folder = mkdtempSync(join(tmpdir(), "oauth-refresh-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return databaseVariables(`sqlite://${join(folder, "secrets.db")}`);
}

function databaseVariables(url: string): Variables {
  return {
    ARCHESTRA_DATABASE_URL: url,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: randomBytes(48).toString("base64"),
  };
}
