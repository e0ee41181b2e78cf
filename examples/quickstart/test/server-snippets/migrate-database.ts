// For its declaration of `postgresUrl`.
import type {} from "@archestra/test-servers/postgres-global-setup";
import { queryPostgres } from "@archestra/test-servers/postgres-query";
import { inject, onTestFinished } from "vitest";
import type { ServerSnippet } from "./server-snippet.ts";

const serverUrl = inject("postgresUrl");
const database = "migrated_by_the_snippet";

/** Migrates an empty database, which then has no pending migration. */
export const migrateDatabase: ServerSnippet = {
  canRun: serverUrl !== undefined,
  async prepare() {
    const url = new URL(serverUrl ?? "");
    await queryPostgres(url.href, `CREATE DATABASE ${database}`);
    onTestFinished(async () => {
      await queryPostgres(serverUrl ?? "", `DROP DATABASE ${database} WITH (FORCE)`);
    });
    url.pathname = `/${database}`;
    return {
      env: { MIGRATION_DATABASE_URL: url.href },
      prints:
        /^\{"executed":\[".+"\],"names":\[\],"sql":"","everything":".*CREATE TABLE.*","statements":"GRANT .* TO \\"app\\";.*"\}\n$/,
    };
  },
};
