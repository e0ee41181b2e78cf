import { PGlite } from "@electric-sql/pglite";
import { CamelCasePlugin, Kysely, PostgresDialect, SqliteDialect } from "kysely";
import pg from "pg";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { pgliteDialect } from "./pglite-dialect.ts";

/** Rows of the application, beside which secrets are kept. */
export interface ApplicationTables {
  connections: { id: string };
}

export type ApplicationKysely = Kysely<ApplicationTables>;

export function sqliteKysely(file: string): ApplicationKysely {
  return new Kysely({
    dialect: new SqliteDialect({ database: openSqlite(file) }),
    plugins: [new CamelCasePlugin()],
  });
}

export function pgliteKysely(): ApplicationKysely {
  return new Kysely({
    dialect: pgliteDialect(new PGlite()),
    plugins: [new CamelCasePlugin()],
  });
}

export function postgresKysely(url: string, max: number): ApplicationKysely {
  const pool = new pg.Pool({ connectionString: url, max });
  // The server may end a connection, in a transaction or on its way out.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
}
