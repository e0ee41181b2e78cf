import { resolve } from "node:path";
import type { Logger, SecretsError } from "@archestra/secrets-core";
import type { LiveSetting } from "@archestra/secrets-core/plugin";
import { type DialectAdapter, Kysely, SqliteDialect } from "kysely";
import type { PoolLimits } from "../postgres/pool.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import type { DatabaseLocation } from "../settings/database-url.ts";
import { openSqlite } from "../sqlite/connection.ts";
import { sqliteDialect } from "../sqlite/dialect.ts";
import { openSqliteFile } from "../sqlite/open.ts";
import { assertNoSchema } from "./database-schema.ts";
import type { Dialect } from "./dialect.ts";
import { Statements } from "./statements.ts";

/** A database that is ready for statements. */
export interface OpenDatabase {
  /** The one way to its tables. */
  readonly statements: Statements;
  readonly dialect: Dialect;
  /** Closes what we opened; an application's own database stays open. */
  readonly close: () => Promise<void>;
  /** The one adapter of the application's Kysely instance and its transactions. Absent: we opened the database ourselves. */
  readonly adapter?: DialectAdapter;
  /** Where it is, in words for warnings and `describe()`. */
  readonly location: string;

  /** Closes what a failed start opened, and leaves the files as they were found. @default `close` */
  readonly abandon?: () => Promise<void>;

  /** The write-ahead log that lay beside the file before it was opened here. @default there was none */
  readonly logFound?: string;

  /**
   * Checks the whole database, which takes a while: only before an error that damage would explain as well.
   *
   * @returns undefined when the database is whole
   * @default the database checks itself
   */
  findDamage?(): Promise<SecretsError | undefined>;
}

/** How a database is opened. */
export interface Opening {
  /** Whether a file is made when there is none. */
  readonly mayCreate: boolean;
  /** Whether a file that secrets can be lost with stops the start. */
  readonly strict: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Where the embedded database lies when no URL is given, relative to the working directory. */
export const EMBEDDED_PATH = ".archestra/secrets.db";

/**
 * Opens the database that the settings name.
 *
 * @param locate says where the database is; a pool asks again before it opens a connection
 * @throws SecretsError INVALID_CONFIGURATION when it cannot be opened as it stands
 */
export async function openDatabase(
  locate: LiveSetting<DatabaseLocation>,
  schema: string | undefined,
  limits: PoolLimits,
  opening: Opening,
): Promise<OpenDatabase> {
  const location = await locate();
  if (location.dialect === "postgres") {
    const { openPostgres } = await import("../postgres/open.ts");
    return openPostgres(location, locate, schema, limits);
  }
  assertNoSchema(schema);
  if (location.path !== undefined) return openSqliteFile(resolve(location.path), opening);
  const db = new Kysely<SecretsSchema>({ dialect: new SqliteDialect({ database: openSqlite(":memory:") }) });
  const statements = new Statements(db, sqliteDialect);
  return {
    statements,
    dialect: sqliteDialect,
    location: "a SQLite database in memory",
    close: () => {
      statements.close();
      return db.destroy();
    },
  };
}
