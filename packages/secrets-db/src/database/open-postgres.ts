import { SecretsError } from "@archestra/secrets-core";
import type { LiveSetting } from "@archestra/secrets-core/plugin";
import { Kysely } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import { agreedSchema, assertSameSchema, inSchema } from "./database-schema.ts";
import type { DatabaseLocation } from "./database-url.ts";
import type { OpenDatabase } from "./open-database.ts";
import { postgresConfiguration } from "./postgres-configuration.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { postgresDriver } from "./postgres-driver.ts";
import { type PoolLimits, PostgresPool } from "./postgres-pool.ts";
import { type PostgresLocation, postgresPlace } from "./postgres-url.ts";
import { Statements } from "./statements.ts";

/**
 * Makes a pool of connections to PostgreSQL; the first statement opens one.
 *
 * @param locate says where the database is now: before a connection is opened, since its credentials or its place may change
 * @param setting the schema that the settings name beside the URL
 * @throws SecretsError INVALID_CONFIGURATION when `pg` is not installed
 */
export async function openPostgres(
  location: PostgresLocation,
  locate: LiveSetting<DatabaseLocation>,
  setting: string | undefined,
  limits: PoolLimits,
): Promise<OpenDatabase> {
  const schema = agreedSchema(setting, location.schema, "`?schema=` of ARCHESTRA_DATABASE_URL");
  const { default: pg } = await import("pg").catch((cause: unknown) => {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "ARCHESTRA_DATABASE_URL names a PostgreSQL database, and the package `pg` is not installed. Install it beside @archestra/secrets-db: npm install pg",
      { reason: "CLIENT_NOT_INSTALLED", cause },
    );
  });
  const configure = async () => {
    const current = await locate();
    // A process does not change from one kind of database to another while it runs.
    if (current.dialect !== "postgres") return postgresConfiguration(location);
    assertSameSchema(schema, current.schema);
    return postgresConfiguration(current);
  };
  const pool = new PostgresPool({ client: pg, configure, mayChange: locate.mayChange, limits });
  const db = inSchema(new Kysely<SecretsSchema>({ dialect: postgresDriver(pool) }), schema);
  const place = postgresPlace(location);
  const statements = new Statements(db, postgresDialect, place);
  return {
    statements,
    dialect: postgresDialect,
    location: place,
    close: async () => {
      statements.close();
      await pool.end();
    },
  };
}
