import { SecretsError } from "@archestra/secrets-core";
import { Kysely } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { OpenDatabase } from "./open-database.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { postgresDriver } from "./postgres-driver.ts";
import { PostgresPool } from "./postgres-pool.ts";
import { Statements } from "./statements.ts";

const POOL_SIZE = 10;

/**
 * Makes a pool of connections to PostgreSQL; the first statement opens one.
 *
 * @throws SecretsError INVALID_CONFIGURATION when `pg` is not installed
 */
export async function openPostgres(url: string): Promise<OpenDatabase> {
  const { default: pg } = await import("pg").catch((cause: unknown) => {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "ARCHESTRA_DATABASE_URL names a PostgreSQL database, and the package `pg` is not installed. Install it beside @archestra/secrets-db: npm install pg",
      { reason: "CLIENT_NOT_INSTALLED", cause },
    );
  });
  const configuration = { connectionString: url, application_name: "archestra-secrets", keepAlive: true };
  const pool = new PostgresPool({ client: pg, configure: async () => configuration, size: POOL_SIZE });
  const db = new Kysely<SecretsSchema>({ dialect: postgresDriver(pool) });
  const statements = new Statements(db, postgresDialect);
  const { host, pathname } = new URL(url);
  return {
    statements,
    dialect: postgresDialect,
    location: `the PostgreSQL database ${decodeURIComponent(pathname.slice(1)) || "of the user"} at ${host || "a local socket"}`,
    close: async () => {
      statements.close();
      await pool.end();
    },
  };
}
