import { setTimeout as sleep } from "node:timers/promises";
import { SecretsError } from "@archestra/secrets-core";
import { Kysely, PostgresDialect } from "kysely";
import type { Client, PoolClient } from "pg";
import type { SecretsSchema } from "../schema/tables.ts";
import type { OpenDatabase } from "./open-database.ts";
import { postgresDialect } from "./postgres-dialect.ts";

const CONNECT_TIMEOUT_MILLISECONDS = 10_000;
const CLOSE_TIMEOUT_MILLISECONDS = 2_000;

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
  const clients = new Set<PoolClient>();
  pool.on("connect", (client) => {
    clients.add(client);
    client.on("error", () => {});
  });
  pool.on("remove", (client) => clients.delete(client));
  const db = new Kysely<SecretsSchema>({ dialect: new PostgresDialect({ pool }) });
  const { host, pathname } = new URL(url);
  return {
    db,
    dialect: postgresDialect,
    location: `the PostgreSQL database ${decodeURIComponent(pathname.slice(1)) || "of the user"} at ${host || "a local socket"}`,
    close: async () => {
      // The pool ends when its last statement does, which a lock or a silent server can keep from ending.
      await Promise.race([db.destroy(), sleep(CLOSE_TIMEOUT_MILLISECONDS, undefined, { ref: false })]);
      // A client that is ended in the middle of a statement breaks its connection.
      await Promise.all([...clients].map((client) => (client as unknown as Client).end()));
    },
  };
}
