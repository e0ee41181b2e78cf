import { randomUUID } from "node:crypto";
import type { Environment } from "@archestra/secrets-core";
import { describe } from "vitest";
import { grants, migrateDatabase } from "../../src/index.ts";
import { defaultKey, fileEnvironment } from "./open-manager.ts";
import { describePostgres, type PostgresDatabase, postgresDatabase } from "./postgres-database.ts";
import { query } from "./raw-database.ts";
import { scratchFile } from "./scratch-folder.ts";

/** A database of one test alone, and how another program sees it. */
export interface TestDatabase {
  /** The variables of a process that uses it. */
  environment(more?: Environment): Environment;
  /** The variables of a process that is to be killed, and what waits until the server carries out nothing more of it. */
  mortalEnvironment(more?: Environment): { readonly env: Environment; readonly gone: () => Promise<void> };
  /** Runs one statement on a connection of its own; parameters are `$1`, `$2`. */
  query<Row>(sql: string, ...parameters: (string | number | null)[]): Promise<Row[]>;
  /** From now on every change of a secret fails. */
  refuseUpdates(): Promise<void>;
}

/**
 * The same tests for SQLite and for PostgreSQL.
 *
 * @param withGrants once more as a role that has the listed grants on tables of another role, in a schema
 */
export function describeEachDatabase(
  title: string,
  define: (create: () => Promise<TestDatabase>) => void,
  { withGrants = false } = {},
) {
  if (withGrants)
    describePostgres(`${title} (PostgreSQL, with the listed grants)`, () => define(createGrantedDatabase));
  describe(`${title} (SQLite)`, () => define(async () => sqliteDatabase()));
  describePostgres(`${title} (PostgreSQL)`, () => define(createPostgresDatabase));
}

/** A database in a file. */
export function sqliteDatabase(): TestDatabase {
  const file = scratchFile();
  return {
    environment: (more) => fileEnvironment(file, more),
    mortalEnvironment: (more) => ({ env: fileEnvironment(file, more), gone: async () => {} }),
    query: async (sql, ...parameters) => {
      // In order: Node 22.18 binds no numbered parameters.
      const inOrder: (string | number | null)[] = [];
      const text = sql.replace(/\$(\d+)/g, (_, number: string) => {
        inOrder.push(parameters[Number(number) - 1] ?? null);
        return "?";
      });
      return query(file, text, ...inOrder);
    },
    refuseUpdates: async () => {
      const trigger = "CREATE TRIGGER refuse BEFORE UPDATE ON archestra_secrets";
      query(file, `${trigger} BEGIN SELECT RAISE(ABORT, 'refused'); END`);
    },
  };
}

/** A database of the PostgreSQL server of this run. */
export async function createPostgresDatabase(): Promise<TestDatabase> {
  const database = await postgresDatabase();
  return postgresTestDatabase(database, database.url, {});
}

const GRANTED_SCHEMA = "vault";

/** A database whose tables another role has made. */
async function createGrantedDatabase(): Promise<TestDatabase> {
  const database = await postgresDatabase(GRANTED_SCHEMA);
  const role = `role_${randomUUID().replaceAll("-", "")}`;
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`);
  await migrateDatabase({ url: database.url, schema: GRANTED_SCHEMA }, { env: {} });
  await database.query(grants({ role, schema: GRANTED_SCHEMA }));
  const url = new URL(database.url);
  [url.username, url.password] = [role, "test"];
  return postgresTestDatabase(database, url.href, {
    ARCHESTRA_DATABASE_SCHEMA: GRANTED_SCHEMA,
    ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false",
  });
}

function postgresTestDatabase(database: PostgresDatabase, url: string, settings: Environment): TestDatabase {
  const environment = (more?: Environment) => ({
    ARCHESTRA_DATABASE_URL: url,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
    ...settings,
    ...more,
  });
  return {
    environment,
    mortalEnvironment: (more) => {
      const name = `mortal-${crypto.randomUUID()}`;
      const alive = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1";
      return {
        env: environment({ ...more, ARCHESTRA_DATABASE_URL: `${url}?application_name=${name}` }),
        // What the server was sent it carries out, though the client is dead.
        gone: async () => {
          while ((await database.query(alive, [name])).length > 0);
        },
      };
    },
    query: (sql, ...parameters) => database.query(sql, parameters),
    refuseUpdates: async () => {
      const constraint = "ADD CONSTRAINT refuse CHECK (key_id IS NULL) NOT VALID";
      await database.query(`ALTER TABLE archestra_secrets ${constraint}`);
    },
  };
}
