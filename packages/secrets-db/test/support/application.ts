import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type SecretsManager,
} from "@archestra/secrets-core";
import { sql } from "kysely";
import { afterAll, describe, onTestFinished } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { type ApplicationKysely, pgliteKysely, postgresKysely, sqliteKysely } from "./application-kysely.ts";
import { defaultKey } from "./open-manager.ts";
import { describePostgres, postgresDatabase } from "./postgres-database.ts";
import { recordedLogger } from "./recorded-logger.ts";
import { scratchFile } from "./scratch-folder.ts";

/** An application with a table of its own and a manager on its database. */
export interface Application {
  readonly kysely: ApplicationKysely;
  readonly secrets: SecretsManager;
}

/** The same tests for SQLite, PGlite and PostgreSQL, each with a single connection. */
export function describeEachApplication(
  title: string,
  define: (create: (options?: Partial<CreateSecretsManagerOptions>) => Promise<Application>) => void,
): void {
  describe(`${title} (SQLite)`, () =>
    define((options) => startApplication(sqliteKysely(scratchFile()), options)));
  describe(`${title} (PGlite)`, () => {
    // One for all tests, since starting one takes a second.
    let pglite: ApplicationKysely | undefined;
    afterAll(() => pglite?.destroy());
    define(async (options) => {
      pglite ??= pgliteKysely();
      await dropTables(pglite);
      await createConnections(pglite);
      return { kysely: pglite, secrets: await startSecrets(pglite, options) };
    });
  });
  describePostgres(`${title} (PostgreSQL, pool of one)`, () =>
    define(async (options) => startApplication(postgresKysely((await postgresDatabase()).url, 1), options)),
  );
}

/** Creates the application's table and starts a manager on its database. Both end with the test. */
export async function startApplication(
  kysely: ApplicationKysely,
  options: Partial<CreateSecretsManagerOptions> = {},
): Promise<Application> {
  onTestFinished(() => kysely.destroy());
  await createConnections(kysely);
  return { kysely, secrets: await startSecrets(kysely, options) };
}

/** Starts another manager on the same instance. */
export async function startSecrets(
  kysely: ApplicationKysely,
  options: Partial<CreateSecretsManagerOptions> = {},
): Promise<SecretsManager> {
  const secrets = await createSecretsManager({
    plugins: [dbPlugin({ kysely })],
    env: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
    logger: recordedLogger(),
    ...options,
  });
  onTestFinished(() => secrets.close());
  return secrets;
}

export async function createConnections(kysely: ApplicationKysely): Promise<void> {
  await kysely.schema.createTable("connections").addColumn("id", "text").execute();
}

async function dropTables(kysely: ApplicationKysely): Promise<void> {
  await sql`DROP TABLE IF EXISTS connections, archestra_secrets, archestra_secrets_keys, archestra_secrets_migrations`.execute(
    kysely,
  );
}

/** The ids of the application's rows. */
export async function connectionIds(kysely: ApplicationKysely): Promise<string[]> {
  return (await kysely.selectFrom("connections").select("id").execute()).map(({ id }) => id);
}
