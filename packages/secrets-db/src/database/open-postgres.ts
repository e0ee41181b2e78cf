import { SecretsError } from "@archestra/secrets-core";
import { Kysely, PostgresDialect } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { OpenDatabase } from "./open-database.ts";
import { postgresDialect } from "./postgres-dialect.ts";

const CONNECT_TIMEOUT_MILLISECONDS = 10_000;

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
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
    application_name: "archestra-secrets",
    keepAlive: true,
  });
  // A broken connection is an event of the pool while nobody uses it, and of the client while somebody does. The statement
  // under way fails by itself; an event that nobody hears would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const db = new Kysely<SecretsSchema>({ dialect: new PostgresDialect({ pool }) });
  const { host, pathname } = new URL(url);
  return {
    db,
    dialect: postgresDialect,
    location: `the PostgreSQL database ${decodeURIComponent(pathname.slice(1)) || "of the user"} at ${host || "a local socket"}`,
    close: () => db.destroy(),
  };
}
