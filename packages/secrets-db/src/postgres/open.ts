import { SecretsError } from "@archestra/secrets-core";
import type { LiveSetting } from "@archestra/secrets-core/plugin";
import { Kysely } from "kysely";
import { agreedSchema, assertSameSchema, inSchema } from "../database/database-schema.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import { Statements } from "../database/statements.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import { postgresConfiguration } from "./configuration.ts";
import { postgresDriver } from "./connection.ts";
import { postgresDialect } from "./dialect.ts";
import { type PoolLimits, type PostgresClient, PostgresPool } from "./pool.ts";
import { type PostgresLocation, postgresPlace } from "./url.ts";

/**
 * Makes a pool of connections to PostgreSQL; the first statement opens one.
 *
 * @param locate says where the database is now: before a connection is opened, since its credentials or its place may change
 * @param setting the schema that the settings name beside the URL
 * @throws SecretsError INVALID_CONFIGURATION when `pg` is not installed
 */
export async function openPostgres(
  location: PostgresLocation,
  locate: LiveSetting<PostgresLocation>,
  setting: string | undefined,
  limits: PoolLimits,
): Promise<OpenDatabase> {
  const schema = agreedSchema(setting, location.schema, "`?schema=` of ARCHESTRA_DATABASE_URL");
  const client = await loadClient();
  const configure = async () => {
    const current = await locate();
    assertSameSchema(schema, current.schema);
    return postgresConfiguration(current);
  };
  const pool = new PostgresPool({ client, configure, mayChange: locate.mayChange, limits });
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

/** @throws SecretsError INVALID_CONFIGURATION, reason CLIENT_NOT_INSTALLED */
async function loadClient(): Promise<PostgresClient> {
  // `try` and not `.catch()`: webpack and Turbopack accept only there that an optional package is absent.
  try {
    const { default: pg } = await import("pg");
    return pg;
  } catch (cause) {
    if (!isWithoutClient(cause)) throw cause;
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "ARCHESTRA_DATABASE_URL names a PostgreSQL database, and the package `pg` is not installed. Install it beside @archestra/secrets-db: npm install pg. If the application is bundled, bundle it again.",
      { reason: "CLIENT_NOT_INSTALLED", cause },
    );
  }
}

/** Whether `pg` itself is missing, and not something that it needs. */
function isWithoutClient(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  return isMissing && /Cannot find (?:package|module) ["']pg["']/.test(String(message));
}
